//! Every period and limit that is both shown to a person and enforced, once. Milliseconds, unless the name says else.

use crate::time::{DAY, HOUR, MINUTE, SECOND};

/// A one-time code is good for this long (OWASP ASVS 6.5.5: at most 10 minutes).
pub const CODE_LIFE: i64 = 5 * MINUTE;
/// A next code to the same phone not before this has passed.
pub const CODE_PAUSE: i64 = MINUTE;
/// Codes to one phone within an hour.
pub const CODES_PER_HOUR: i64 = 5;
/// How long a browser in which an account was used is remembered after it was last used there.
pub const KNOWN_DEVICE_LIFE: i64 = 180 * DAY;
/// Wrong tries after which a code is void.
pub const CODE_TRIES: i64 = 5;
/// How long a sign-in lasts without being used.
pub const SESSION_IDLE: i64 = 30 * DAY;
/// How long it lasts at most, however often it is used: no cookie of ours lives longer.
pub const SESSION_LIFE: i64 = TRACKER_LIFE_MAX;
/// Months for which it is kept who signed in from where, after a session has ended (网络安全法 23: at least 6).
pub const SESSION_KEPT_MONTHS: i32 = 6;
/// How long "we have just checked that it is you" lasts.
pub const STEP_UP_LIFE: i64 = 5 * MINUTE;
/// Between submitting a cancellation and its execution; it can be taken back until then.
pub const COOLING_OFF: i64 = 7 * DAY;
/// So long before the end of the cooling-off its person is told again.
pub const COOLING_OFF_NOTICE: i64 = DAY;
/// How long a proof is good for that a human has reviewed.
pub const REVIEWED_PROOF_LIFE: i64 = 7 * DAY;
/// Orders that are recognised are not older than this, and whoever proves it so has at least so many.
pub const RECOGNISED_ORDERS_AGE: i64 = 180 * DAY;
/// See there.
pub const RECOGNISED_ORDERS_MIN: usize = 3;
/// 无法登录时注销: characters of what only its owner would know, at least; at most as in every request.
pub const LOST_TEXT_MIN: usize = 10;
/// Claims to one account that lie with a human at once; more wait for their turn, unseen.
pub const LOST_CLAIMS_PER_ACCOUNT: usize = 3;
/// Claims that are open at once of whoever answers at one phone.
pub const LOST_CLAIMS_PER_CONTACT: usize = 2;
/// So long the secret link still tells how a claim ended that did not lead to an erasure.
pub const LOST_RESULT_LIFE: i64 = 90 * DAY;
/// What stands in the way of a cancellation that is due, and could not be looked up, is looked up again after this.
pub const CONDITIONS_PAUSE: i64 = MINUTE;
/// Asking the host what stands in the way: one try takes so long at most.
pub const CONDITIONS_PATIENCE: i64 = 4 * SECOND;
/// Pauses after failed tries to ask; after one more it is not known.
pub const CONDITIONS_PAUSES: [i64; 2] = [300, SECOND];
/// A drafted cancellation that was not submitted is dropped after this.
pub const CANCELLATION_DRAFT_LIFE: i64 = 24 * HOUR;
/// A child's account for which no guardian has answered is erased after this.
pub const GUARDIAN_ANSWER: i64 = 7 * DAY;
/// What came about before an account had its number is taken in at most so much later, and the tombstone of a number that was
/// given up lives as long, to the end of that day. An operator may set less.
pub const IMPORT_LATE: i64 = 180 * DAY;
/// An answer about cookies, a visitor's or an account's, is asked for again after this.
pub const COOKIE_CHOICE_LIFE: i64 = 365 * DAY;
/// So long the browser still remembers that there was an answer: whoever is asked again is told why.
pub const COOKIE_CHOICE_REMEMBERED: i64 = 30 * DAY;
/// Nothing in the inventory of cookies lives longer in a browser (13 months).
pub const TRACKER_LIFE_MAX: i64 = 396 * DAY;
/// The largest picture accepted as 头像, in bytes.
pub const AVATAR_MAX_BYTES: usize = 10 * 1024 * 1024;
/// Pixels of the largest picture accepted as 头像: what phones take at most by default.
pub const AVATAR_PIXELS_MAX: u64 = 52_000_000;
/// The side of a stored 头像, in pixels.
pub const AVATAR_SIDE: u32 = 256;
/// Addresses that one person may keep.
pub const ADDRESSES_MAX: usize = 20;
/// Characters of a password, at least (OWASP ASVS 6.2.1) and at most (argon2 reads them all).
pub const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 8..=64;
/// Characters of a username.
pub const USERNAME_CHARS: std::ops::RangeInclusive<usize> = 2..=20;
/// A request is answered within so many working days (网数条例 20; 个保法 50).
pub const ANSWER_WORKING_DAYS: u32 = 15;
/// Characters of what a person writes in a request.
pub const REQUEST_CHARS: usize = 500;
/// How long a person has to add what a request still needs; then it ends as expired.
pub const NEEDS_LIFE: i64 = 30 * DAY;
/// The largest file accepted as proof in a close relative's request, in bytes.
pub const PROOF_FILE_MAX_BYTES: usize = 5 * 1024 * 1024;
/// Files of each sort of proof.
pub const PROOF_FILES_MAX: usize = 3;
/// Characters of a trusted person's name.
pub const TRUSTED_NAME_CHARS: usize = 40;
/// So long the one download of what a close relative was granted may take.
pub const PACKAGE_TAKING: i64 = HOUR;
/// Requests that one person may have open at once.
pub const OPEN_REQUESTS_MAX: usize = 20;
/// How long a copy of one's data can be downloaded.
pub const COPY_LIFE: i64 = 7 * DAY;
/// How long the session that has begun a download may go on with it where it broke off.
pub const DOWNLOAD_LIFE: i64 = 30 * MINUTE;
/// Copies that one person may have ready at once.
pub const READY_COPIES_MAX: usize = 5;
/// The largest file that 验证凭证 accepts when it is sent to the server, in bytes.
pub const PROOF_MAX_BYTES: usize = 4 * 1024 * 1024;
/// Characters of a receiving service's name.
pub const RECEIVER_NAME_CHARS: usize = 40;
/// Characters of a receiving service's address.
pub const RECEIVER_ADDRESS_CHARS: usize = 1000;
/// Characters of the credential that a receiving service gave.
pub const CREDENTIAL_CHARS: usize = 2000;
/// Years for which it is kept what was given to whom (网数条例 12: at least 3).
pub const DISCLOSURE_YEARS: i16 = 3;
/// Years for which the secret link to the certificate of an erased account leads there.
pub const CERTIFICATE_YEARS: i16 = 3;
/// How long a copy of the key store can be opened at most: by then all keys are wrapped anew (`rotate-keys`).
pub const KEY_COPY_LIFE: i64 = 90 * DAY;
/// How long the links of a mail that is measured lead on, and what was measured is kept.
pub const MAIL_LINK_LIFE: i64 = 90 * DAY;
/// Characters that are kept of a reply to an SMS which waits for a human.
pub const REPLY_CHARS: usize = 500;
/// How long it is still known that such a reply was answered: a provider may deliver it again.
pub const REPLY_KEPT: i64 = 30 * DAY;
/// Handing one message to its gateway is cut off after this. So long an opt-out waits at most for what was under way.
pub const HAND_OVER: i64 = 10 * SECOND;
/// Pauses after failed tries to send a transfer; after one more it has failed.
pub const TRANSFER_PAUSES: [i64; 4] = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR];
/// Pauses after failed tries to send a message of the centre's own; after one more it is given up.
pub const OUTBOX_PAUSES: [i64; 8] =
    [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 24 * HOUR];
/// Pauses after failed tries to tell a recipient, and a little more by chance; after one more it is given up, and the operator is
/// told. Together more than three days.
pub const DELIVERY_PAUSES: [i64; 10] =
    [5 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 16 * HOUR, 20 * HOUR, 24 * HOUR];
/// A recipient that asks to be tried later is waited for so long at most.
pub const DELIVERY_WAIT_MAX: i64 = 3 * DAY;
