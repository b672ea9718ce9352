//! The trial of everything that a backup is for, on a throw-away copy: the live data is only read. Two people are made on the
//! copy whose words are known, so that they can be looked for; real people are in no way touched.
//!
//! It needs room for three copies of the data, and proves at the end of each step what it says.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::accounts::model::{AgeBand, PhoneNumber};
use app::consents::{Decision, Purpose};
use app::profile::model::AddressDraft;
use app::profile::rules;
use app::relatives::model::{Choice, Directive};
use uuid::Uuid;

use super::{BackupError, Content, Manifest, restore, restore_keys, take, take_keys};
use crate::accounts::codes::PHONE_INDEX;
use crate::accounts::security;
use crate::accounts::store::{self as accounts, NewPerson};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::centre::Centre;
use crate::clock::Clock;
use crate::config::Config;
use crate::consents::store::{decide, standing};
use crate::execution::rows;
use crate::ledger::{self, LedgerError};
use crate::open::{OpenError, Outside, assemble};
use crate::profile::store::{add_address, addresses, remove_address};
use crate::relatives::directive;
use crate::replay::{self, Entry, GateError};
use crate::storage::{Db, DbError};
use crate::vault::{Category, MasterKey};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// The drill has failed: what it was to prove does not hold, or something broke. The texts are for the operator.
#[derive(Debug, thiserror::Error)]
pub enum DrillError {
    /// Not as promised.
    #[error("NOT proved: {0}")]
    NotProved(String),
    /// Taking or putting back failed.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The copy can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The gate of the copy stays shut.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// The ledger can't be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The catalogue is wrong.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Something failed.
    #[error("it failed with reference {0}: the log says why")]
    Fault(String),
    /// The folder.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
}

impl From<Fault> for DrillError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault.reference().to_owned())
    }
}

/// What the drill has at hand.
pub struct Drill<'d> {
    /// The live data and keys; only read.
    pub live: (&'d Db, &'d Db),
    /// As the server has it.
    pub config: &'d Config,
    /// Opens the copy's keys as it does the live ones.
    pub master: &'d MasterKey,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// A folder that goes with what is in it.
struct Throwaway(PathBuf);

impl Drop for Throwaway {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// In place of a hash: it fits no password.
const NEW_PASSWORD: &str = "drill anew";
const NOBODY: Directive = Directive { choice: Choice::Nobody, rights: Vec::new(), trusted: None };

fn proved(holds: bool, what: &str) -> Result<(), DrillError> {
    if holds { Ok(()) } else { Err(DrillError::NotProved(what.to_owned())) }
}

/// One of the two people.
struct Subject {
    caller: Caller,
    address: Uuid,
    words: Vec<String>,
}

impl Drill<'_> {
    /// Runs it in a new folder below `place`, which is removed afterwards. `say` gets a sentence per proof.
    ///
    /// # Errors
    /// [`DrillError`]: a backup can't be relied on before the cause is found.
    pub async fn run(&self, place: &Path, mut say: impl FnMut(&str)) -> Result<(), DrillError> {
        let folder = place.join(format!("privacy-centre-drill-{}", Uuid::new_v4()));
        let made = fs::DirBuilder::new().mode(0o700).create(&folder);
        made.map_err(|e| DrillError::File(folder.clone(), e))?;
        let folder = Throwaway(folder);
        let at = |name: &str| folder.0.join(name);

        let (data, keys) = self.live;
        let now = self.clock.now();
        let taken = take(data, keys, &at("backup"), now).await?;
        let wrapped = take_keys(keys, &at("backup-of-keys"), now).await?;
        say(&format!("1. Backed up while in use: {}, and apart from it {}.", counted(&taken), counted(&wrapped)));

        let keys = Db::open(&address(&at("keys.db"))).await?;
        restore_keys(&keys, &at("backup-of-keys"), false).await?;
        let first = Db::open(&address(&at("first.db"))).await?;
        let restored = restore(&first, &keys, &at("backup"), false).await?;
        let rows: u64 = taken.tables.iter().map(|file| file.rows).sum();
        proved(restored.rows == rows, "every row that was backed up is there again")?;
        let centre = self.centre(first, keys).await?;
        replay::catch_up(&centre).await?;
        let whole = self.verify(&centre).await?;
        say(&format!("2. Restored into a copy: {rows} rows. The ledger is whole: {whole}."));
        let keyed = replay::look_for_keys(&centre.data, centre.vault.store()).await?;
        proved(keyed.lost == 0, &format!("{} sealed values have lost their key", keyed.lost))?;
        say(&format!("3. Every one of {} sealed values has its key in the backup of the keys.", keyed.values));

        let (stays, leaves) = (self.subject(&centre).await?, self.subject(&centre).await?);
        ledger::sequence(&centre.data, &centre.signer, self.clock.now()).await?;
        let before = take(&centre.data, centre.vault.store(), &at("before"), self.clock.now()).await?;
        say("4. On the copy, two people came, agreed and filled in an address; then it was backed up.");
        let name = centre.signer.verifier();
        self.take_back(&centre, &stays).await?;
        let changed = self.protect(&centre, &stays).await?;
        self.erase(&centre, &leaves).await?;
        ledger::sequence(&centre.data, &centre.signer, self.clock.now()).await?;
        say(
            "5. One of them took the consent back, removed the address, and changed password, phone and arrangement (生前安排); \
             the other's account was erased.",
        );

        let (_, keys) = (centre.data.close().await, centre.vault.store().clone());
        let second = Db::open(&address(&at("second.db"))).await?;
        restore(&second, &keys, &at("before"), false).await?;
        let centre = self.centre(second, keys).await?;
        proved(replay::is_behind(&centre.data, &centre.vault).await?, "the gate sees that the data is old")?;
        let caught = replay::catch_up(&centre).await?;
        let caught = caught.ok_or_else(|| DrillError::NotProved("the gate replays what came after".to_owned()))?;
        say(&format!(
            "6. The backup from before was restored. The gate stayed shut: {} entries replayed, {} unreadable rows removed.",
            caught.entries, caught.unreadable
        ));
        self.is_as_it_was(&centre, &stays, &leaves).await?;
        self.is_protected(&centre, &stays, &changed).await?;
        say(
            "7. The consent is taken back, the address is gone, the erased account is nowhere; password, phone and arrangement are \
             the new ones.",
        );
        let whole = self.verify(&centre).await?;
        proved(centre.signer.verifier() != name, "the log goes on under a new name")?;
        say(&format!(
            "8. The ledger is whole: {whole}. What the copy signs now is called {}, so nothing signed before is contradicted.",
            centre.signer.verifier().origin()
        ));
        centre.data.close().await;
        let words: Vec<_> = [stays.words, leaves.words, vec![changed.reveal().to_owned()]].concat();
        let found = search(&folder.0, &words).map_err(|e| DrillError::File(folder.0.clone(), e))?;
        proved(found.is_empty(), &format!("nothing readable stands in {}", found.join(", ")))?;
        let sealed = unreadable(&before, &at("before"), &leaves.caller)?;
        proved(sealed > 0, "the erased person's rows are in the backup from before")?;
        say(&format!(
            "9. In every file of the copies, what these people had typed was searched for: nothing readable. The backup from \
             before still holds {sealed} rows of the erased account; their keys are destroyed."
        ));
        centre.vault.store().close().await;
        say("The drill is over; its folder is removed. The live data was only read.");
        Ok(())
    }

    /// A centre on a copy, whose messages go nowhere.
    async fn centre(&self, data: Db, keys: Db) -> Result<Centre, DrillError> {
        let outside = Outside::nowhere(Arc::clone(&self.clock));
        let catalogue = Catalogue::load(self.config.catalogue.folder.as_deref())?;
        Ok(assemble(self.config, catalogue, (data, keys), self.master, outside).await?)
    }

    async fn verify(&self, centre: &Centre) -> Result<String, DrillError> {
        match ledger::verify_by(&centre.data, &centre.signer.verifiers()).await? {
            Ok(whole) => Ok(whole.to_string()),
            Err(findings) => {
                let first = findings.first().map(ToString::to_string).unwrap_or_default();
                Err(DrillError::NotProved(format!(
                    "the ledger is whole: {} findings, the first: {first}",
                    findings.len()
                )))
            }
        }
    }

    /// Somebody with an address and a consent, in words that stand nowhere else.
    async fn subject(&self, centre: &Centre) -> Result<Subject, DrillError> {
        let mark = Uuid::new_v4().simple().to_string();
        let username = format!("演练{}", &mark[..12]);
        let street = format!("演练路{mark}号");
        let wrong = |_| DrillError::NotProved("the drill's own people are valid".to_owned());
        let person = Uuid::now_v7();
        let (phone, now) = (free_phone(centre).await?, self.clock.now());
        let words = vec![username.clone(), street.clone(), phone.reveal().to_owned()];
        let new = NewPerson {
            phone,
            username: username.parse().map_err(wrong)?,
            password_hash: "drill".to_owned(),
            age_band: AgeBand::Adult,
        };
        let mut tx = centre.data.begin().await?;
        let opened = accounts::register(centre, &mut tx, person, &new, now).await?;
        proved(opened.is_ok(), "the drill's own people can register")?;
        tx.commit().await?;
        let caller = accounts::caller_of(centre, person).await?;
        let yes = Decision { purpose: Purpose::Location, granted: true };
        let decided = decide(centre, &caller, yes, "drill", false, now).await?;
        proved(decided.is_ok(), "a consent is taken")?;
        let draft = AddressDraft {
            consignee: "演练".to_owned(),
            phone: words[2].clone(),
            province: "四川省".to_owned(),
            city: "成都市".to_owned(),
            district: String::new(),
            street,
        };
        let checked = rules::check(&draft).map_err(|_| wrong(""))?;
        let added = add_address(centre, &caller, &checked, false, now).await?;
        let address = added.map_err(|_| DrillError::NotProved("an address is taken".to_owned()))?;
        // With the key of the address, which was made just now.
        let caller = accounts::caller_of(centre, person).await?;
        Ok(Subject { caller, address, words })
    }

    async fn take_back(&self, centre: &Centre, subject: &Subject) -> Result<(), DrillError> {
        let no = Decision { purpose: Purpose::Location, granted: false };
        let decided = decide(centre, &subject.caller, no, "drill", false, self.clock.now()).await?;
        proved(decided.is_ok(), "a consent is taken back")?;
        let removed = remove_address(centre, &subject.caller, subject.address, self.clock.now()).await?;
        proved(removed, "an address is removed")
    }

    /// Changes what keeps others out; returns the new phone.
    async fn protect(&self, centre: &Centre, subject: &Subject) -> Result<PhoneNumber, DrillError> {
        let (caller, now) = (&subject.caller, self.clock.now());
        let phone = free_phone(centre).await?;
        let key = centre.vault.key_for(caller.person, Category::Identity, now).await.map_err(Fault::from)?;
        let mut tx = centre.data.begin().await?;
        security::set_password(&mut tx, (centre, caller), (&key, NEW_PASSWORD), now).await?;
        let free = security::set_phone(&mut tx, (centre, caller), (&key, &phone), now).await?;
        proved(free.is_ok(), "a phone is changed")?;
        tx.commit().await?;
        replay::flush(centre).await?;
        directive::set(centre, caller, &NOBODY, now).await?;
        Ok(phone)
    }

    /// As an execution does: the entry with the rows, then the keys.
    async fn erase(&self, centre: &Centre, subject: &Subject) -> Result<(), DrillError> {
        let (person, now) = (subject.caller.person, self.clock.now());
        let mut tx = centre.data.begin().await?;
        replay::note(&mut tx, centre, person, &Entry::AccountErased, now).await?;
        rows::remove(&mut tx, person).await?;
        tx.commit().await?;
        centre.vault.destroy_all(person, now).await.map_err(Fault::from)?;
        Ok(replay::flush(centre).await?)
    }

    async fn is_protected(&self, centre: &Centre, subject: &Subject, phone: &PhoneNumber) -> Result<(), DrillError> {
        let index = |phone: &str| centre.vault.blind_index(PHONE_INDEX, phone);
        let old = accounts::find_credentials(centre, &index(&subject.words[2])).await?;
        proved(old.is_none(), "a phone that was given up opens nothing")?;
        let new = accounts::find_credentials(centre, &index(phone.reveal())).await?;
        let is_new = new.is_some_and(|new| new.person == subject.caller.person && new.password_hash == NEW_PASSWORD);
        proved(is_new, "the password and the phone are the new ones")?;
        let arranged = directive::standing(&centre.data, centre, subject.caller.person).await?;
        proved(arranged.is_some_and(|(arranged, _)| arranged == NOBODY), "the arrangement is the new one")
    }

    async fn is_as_it_was(&self, centre: &Centre, stays: &Subject, leaves: &Subject) -> Result<(), DrillError> {
        let person = stays.caller.person;
        let stands = standing(&centre.data, centre, person).await?;
        proved(!stands.allows(Purpose::Location), "a consent that was taken back does not come back")?;
        let caller = accounts::caller_of(centre, person).await?;
        proved(addresses(centre, &caller).await?.is_empty(), "an address that was removed does not come back")?;
        let phone: PhoneNumber =
            leaves.words[2].parse().map_err(|_| DrillError::NotProved("the phone is one".to_owned()))?;
        let there = crate::messages::person_of(centre, &phone).await?;
        proved(there.is_none(), "an erased account does not come back")
    }
}

/// A number that nobody has.
async fn free_phone(centre: &Centre) -> Result<PhoneNumber, DrillError> {
    loop {
        let [a, b, c, d] = crate::vault::random_bytes::<4>();
        let number = format!("199{:08}", u32::from_be_bytes([a, b, c, d]) % 100_000_000);
        let phone: PhoneNumber = number.parse().map_err(|_| DrillError::NotProved("the phone is one".to_owned()))?;
        if crate::messages::person_of(centre, &phone).await?.is_none() {
            return Ok(phone);
        }
    }
}

fn address(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

fn counted(manifest: &Manifest) -> String {
    let rows: u64 = manifest.tables.iter().map(|file| file.rows).sum();
    let what = match manifest.content {
        Content::Data => "rows of data",
        Content::Keys => "rows of the key store",
    };
    format!("{rows} {what} in {} tables", manifest.tables.len())
}

/// How many rows of a backup name that person.
fn unreadable(manifest: &Manifest, folder: &Path, caller: &Caller) -> Result<usize, DrillError> {
    let person = caller.person.to_string();
    let failed = |e| DrillError::File(folder.to_owned(), e);
    let mut count = 0;
    for file in &manifest.tables {
        for line in BufReader::new(File::open(folder.join(&file.file)).map_err(failed)?).lines() {
            count += usize::from(line.map_err(failed)?.contains(&person));
        }
    }
    Ok(count)
}

/// Names of the files below a folder that hold one of the words.
fn search(folder: &Path, words: &[String]) -> std::io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(search(&path, words)?);
        } else if holds(&path, words)? {
            found.push(path.display().to_string());
        }
    }
    Ok(found)
}

/// A piece at a time, each with the end of the one before, since a word may lie across.
fn holds(path: &Path, words: &[String]) -> std::io::Result<bool> {
    let longest = words.iter().map(String::len).max().unwrap_or_default();
    let mut file = File::open(path)?;
    let (mut window, mut piece) = (Vec::new(), vec![0; 1 << 20]);
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok(false);
        }
        window.extend_from_slice(&piece[..read]);
        let has = |word: &String| window.windows(word.len()).any(|part| part == word.as_bytes());
        if words.iter().any(has) {
            return Ok(true);
        }
        window.drain(..window.len().saturating_sub(longest));
    }
}
