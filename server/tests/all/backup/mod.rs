//! Backups, restores, the gate at every start, and the drill.

mod exact;
mod gate;
mod law;
mod rotation;
mod settled;
mod taken;

use std::path::Path;

use app::accounts::model::{AgeBand, PhoneNumber};
use app::consents::{Decision, Purpose};
use app::profile::model::AddressDraft;
use app::profile::rules;
use app::time::Moment;
use server::accounts::store::{self as accounts, NewPerson};
use server::centre::Centre;
use server::consents::store::{decide, standing};
use server::execution::rows;
use server::profile::store::add_address;
use server::replay::{self, Entry};
use server::storage::Db;
use server::web::Caller;
use uuid::Uuid;

use crate::support::{Databases, Engine};

/// Somebody who has registered.
pub async fn person(centre: &Centre, phone: &str) -> Caller {
    let person = Uuid::now_v7();
    let new = NewPerson {
        phone: phone.parse::<PhoneNumber>().unwrap(),
        username: format!("备份{}", &phone[3..]).parse().unwrap(),
        password_hash: "none".to_owned(),
        age_band: AgeBand::Adult,
    };
    let mut tx = centre.data.begin().await.unwrap();
    accounts::register(centre, &mut tx, person, &new, centre.now()).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    accounts::caller_of(centre, person).await.unwrap()
}

pub async fn set(centre: &Centre, caller: &Caller, purpose: Purpose, granted: bool, now: Moment) {
    decide(centre, caller, Decision { purpose, granted }, "test", false, now).await.unwrap().unwrap();
}

pub async fn allows(centre: &Centre, caller: &Caller, purpose: Purpose) -> bool {
    standing(&centre.data, centre, caller.person).await.unwrap().allows(purpose)
}

pub async fn move_in(centre: &Centre, caller: &Caller, street: &str) -> Uuid {
    let draft = AddressDraft {
        consignee: "王小明".into(),
        phone: "13900001111".into(),
        province: "四川省".into(),
        city: "成都市".into(),
        district: String::new(),
        street: street.into(),
    };
    let address = rules::check(&draft).unwrap();
    add_address(centre, caller, &address, false, centre.now()).await.unwrap().map_err(|_| "too many").unwrap()
}

/// As an execution ends: the entry with the rows, then the keys.
pub async fn erase_account(centre: &Centre, person: Uuid) {
    let mut tx = centre.data.begin().await.unwrap();
    replay::note(&mut tx, centre, person, &Entry::AccountErased, centre.now()).await.unwrap();
    rows::remove(&mut tx, person).await.unwrap();
    tx.commit().await.unwrap();
    centre.vault.destroy_all(person, centre.now()).await.unwrap();
    replay::flush(centre).await.unwrap();
}

/// A database of that engine that holds nothing yet; none where the engine is not there.
pub async fn empty(engine: Engine, folder: &Path) -> Option<(Databases, Db)> {
    let folder = folder.join(Uuid::new_v4().to_string());
    std::fs::create_dir(&folder).unwrap();
    let databases = Databases::fresh(engine, &folder).await?;
    let data = Db::open(&databases.data).await.unwrap();
    Some((databases, data))
}

/// All files below a folder.
pub fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.path() {
            path if path.is_dir() => found.extend(files(&path)),
            path => found.push((path.display().to_string(), std::fs::read(&path).unwrap())),
        }
    }
    found
}
