//! Whom a package may be sent to, and when a failed try is repeated. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::model::{Failure, Receiver, Transfer};
use crate::accounts::model::Wrong;
use crate::promises::{CREDENTIAL_CHARS, RECEIVER_ADDRESS_CHARS, RECEIVER_NAME_CHARS, TRANSFER_PAUSES};

/// One is under way already.
pub const UNDER_WAY: &str = "已有一次转移正在进行，请等它完成或先取消它。";

/// Whether a person with these transfers may begin another.
#[must_use]
pub fn may_begin(transfers: &[Transfer]) -> bool {
    !transfers.iter().any(|transfer| transfer.state.is_under_way())
}

/// What a person typed about the receiver, tidied: who, and the credential if there is one.
///
/// # Errors
/// The field, and what is wrong with it in the person's words.
pub fn check(name: &str, address: &str, credential: &str) -> Result<(Receiver, Option<String>), (&'static str, Wrong)> {
    let name = name.trim();
    let odd = |text: &str| text.chars().any(char::is_control);
    if name.is_empty() {
        return Err(("name", "请填写接收方名称"));
    }
    if name.chars().count() > RECEIVER_NAME_CHARS || odd(name) {
        return Err(("name", "名称最多40个字，不能含有特殊控制字符"));
    }
    let address = check_address(address.trim()).map_err(|wrong| ("address", wrong))?;
    let credential = credential.trim();
    // What RFC 6750 lets stand after "Bearer".
    let visible = credential.bytes().all(|b| b.is_ascii_graphic());
    if credential.len() > CREDENTIAL_CHARS || !visible {
        return Err(("credential", "接收凭证只能是英文字母、数字和符号，最多2000个字符"));
    }
    let credential = (!credential.is_empty()).then(|| credential.to_owned());
    Ok((Receiver { name: name.to_owned(), address }, credential))
}

fn check_address(text: &str) -> Result<String, Wrong> {
    if text.is_empty() {
        return Err("请填写接收地址");
    }
    if text.chars().count() > RECEIVER_ADDRESS_CHARS {
        return Err("接收地址太长了");
    }
    let Ok(url) = Url::parse(text) else {
        return Err("接收地址没看懂，它应当像 https://example.com/import 这样");
    };
    if url.scheme() != "https" || url.host().is_none() {
        return Err("接收地址要以 https:// 开头，这样途中没有人能看到你的信息");
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("接收地址里不能有用户名、密码或 # 号；凭证请填在下面");
    }
    Ok(url.into())
}

/// The host and port that a checked address leads to.
#[must_use]
pub fn destination(url: &Url) -> Option<(Host<&str>, u16)> {
    url.host().zip(url.port_or_known_default())
}

/// Whether an address is on the public internet: of the IANA special-purpose registries (RFC 6890) none. What a person
/// types must not make us knock on doors inside the operator's network.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        // This network, private, shared, loopback, link-local.
        (0 | 10 | 127, ..) | (100, 64..=127, _) | (169, 254, _) | (172, 16..=31, _) | (192, 168, _)
        // Protocol assignments, documentation, 6to4 relays, benchmarks, AS112.
        | (192, 0, 0 | 2) | (192, 88, 99) | (198, 18 | 19, _) | (198, 51, 100) | (203, 0, 113) | (192, 31, 196)
        | (192, 52, 193) | (192, 175, 48)
        // Multicast, reserved, broadcast.
        | (224.., ..)
    );
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    // 2000::/3 is all that is given out; in it: protocol assignments with Teredo, documentation, and 6to4, which hides a v4.
    let given_out = a & 0xe000 == 0x2000;
    given_out && !matches!((a, b), (0x2001, 0..=0x1ff | 0xdb8) | (0x2002, _) | (0x3fff, 0..=0xfff))
}

/// What follows a try that brought no delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Another after so many milliseconds.
    Pause(i64),
    /// None: it has failed.
    Failed(Failure),
}

/// What follows try number `attempt` (the first is 1). A refusal is final; what may pass by itself is tried again.
#[must_use]
pub fn after(attempt: i64, failure: Failure) -> After {
    let may_pass = match failure {
        Failure::Unreachable => true,
        // RFC 9110: 408, 425, 429 and every 5xx speak of the moment, not of the request.
        Failure::Answered(status) => matches!(status, 408 | 425 | 429 | 500..),
        Failure::NotPublic | Failure::NoPackage => false,
    };
    let pause = usize::try_from(attempt - 1).ok().and_then(|n| TRANSFER_PAUSES.get(n));
    match pause {
        Some(pause) if may_pass => After::Pause(*pause),
        _ => After::Failed(failure),
    }
}

/// How far a transfer is: half for packing, half for sending; 100 only when it has ended.
#[must_use]
pub fn percent(packed: u8, sent: i64, bytes: i64) -> u8 {
    let sent = crate::export::rules::percent(sent, bytes);
    u8::midpoint(packed, sent).min(99)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MINUTE;

    #[test]
    fn an_address_is_https_and_nothing_else() {
        let fine = |text: &str| check_address(text).is_ok();
        assert!(fine("https://example.com/import?user=1") && fine("https://example.com:8443"));
        for wrong in [
            "",
            "example.com",
            "http://example.com/",
            "ftp://example.com/",
            "https://",
            "https://a:b@example.com/",
            "https://a@example.com/",
            "https://example.com/#x",
            "javascript:alert(1)",
        ] {
            assert!(!fine(wrong), "{wrong}");
        }
        assert!(check_address(&format!("https://example.com/{}", "a".repeat(RECEIVER_ADDRESS_CHARS))).is_err());
    }

    #[test]
    fn a_receiver_has_a_name_and_may_have_a_credential() {
        let (receiver, credential) = check(" 木木 ", " https://example.com/in ", "").expect("fine");
        assert_eq!((receiver.name.as_str(), receiver.address.as_str()), ("木木", "https://example.com/in"));
        assert_eq!(credential, None);
        assert_eq!(check("木木", "https://example.com", " t0k=en ").expect("fine").1.as_deref(), Some("t0k=en"));
        let field =
            |name: &str, address: &str, credential: &str| check(name, address, credential).expect_err("refused").0;
        assert_eq!(field("", "https://example.com", ""), "name");
        assert_eq!(field(&"木".repeat(RECEIVER_NAME_CHARS + 1), "https://example.com", ""), "name");
        assert_eq!(field("木木", "http://example.com", ""), "address");
        assert_eq!(field("木木", "https://example.com", "two words"), "credential");
        assert_eq!(field("木木", "https://example.com", "a\r\nHost: b"), "credential");
        assert!(check("木木\u{0}", "https://example.com", "").is_err());
    }

    #[test]
    fn the_words_name_the_limits() {
        let name = check(&"木".repeat(RECEIVER_NAME_CHARS + 1), "https://example.com", "").expect_err("refused").1;
        assert!(name.contains(&RECEIVER_NAME_CHARS.to_string()));
        let credential =
            check("木木", "https://example.com", &"a".repeat(CREDENTIAL_CHARS + 1)).expect_err("refused").1;
        assert!(credential.contains(&CREDENTIAL_CHARS.to_string()));
    }

    #[test]
    fn only_the_public_internet_is_public() {
        for address in
            ["8.8.8.8", "1.1.1.1", "223.5.5.5", "100.63.0.1", "172.32.0.1", "2400:3200::1", "2001:4860::8888"]
        {
            assert!(is_public(address.parse().expect("an address")), "{address}");
        }
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "127.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
            "64:ff9b::7f00:1",
            "3fff::1",
        ] {
            assert!(!is_public(address.parse().expect("an address")), "{address}");
        }
    }

    #[test]
    fn what_may_pass_is_tried_again_a_refusal_is_final() {
        assert_eq!(after(1, Failure::Unreachable), After::Pause(MINUTE));
        assert_eq!(after(2, Failure::Answered(503)), After::Pause(TRANSFER_PAUSES[1]));
        assert_eq!(after(1, Failure::Answered(429)), After::Pause(MINUTE));
        for failure in [Failure::Answered(403), Failure::Answered(302), Failure::NotPublic, Failure::NoPackage] {
            assert_eq!(after(1, failure), After::Failed(failure));
        }
        let last = i64::try_from(TRANSFER_PAUSES.len()).expect("few") + 1;
        assert_eq!(after(last, Failure::Unreachable), After::Failed(Failure::Unreachable));
    }

    #[test]
    fn a_hundred_is_never_said_while_it_is_under_way() {
        assert_eq!((percent(0, 0, 0), percent(50, 0, 0), percent(100, 0, 9), percent(100, 9, 9)), (0, 25, 50, 99));
    }
}
