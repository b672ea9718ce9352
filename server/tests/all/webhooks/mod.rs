//! What recipients are told: exactly those who may hold something, in the transaction of the change, under one id until they have it;
//! and what they answer.

mod answers;
mod by_hand;
mod documented;
mod sending;
mod who;

use app::sharing::told::{Notice as Kind, Progress};
use serde_json::{Value, json};
use server::centre::Centre;
use server::ledger::{self, Event, Pseudonym};
use server::storage::sql;
use server::vault::Category;
use server::webhooks::store::{Notice, tell, told};
use uuid::Uuid;

use crate::support::{Browser, Listener, World, generous, tells};

const PHONE: &str = "13900000071";
async fn set(browser: &mut Browser, path: &str, purpose: &str, granted: bool) {
    browser.post(path, &[("purpose", purpose), ("granted", &granted.to_string())]).await.expect_status(303);
}

/// Every notice: recipient, what, about.
async fn all(world: &World) -> Vec<(String, String, String)> {
    sql("SELECT recipient, notice, about FROM delivery ORDER BY made_at, id")
        .fetch_all(&world.centre.data)
        .await
        .unwrap()
}

/// A notice to that recipient, in a transaction of its own.
async fn write(centre: &Centre, owner: Uuid, recipient: &str) -> Uuid {
    let data = json!({"subject": {"device_uid": ["dev-1"]}, "purpose": "advertising_sharing"});
    write_of(centre, (owner, recipient), (Kind::Withdrawal, "purpose:advertising_sharing", data)).await
}

async fn write_of(centre: &Centre, (owner, recipient): (Uuid, &str), (kind, about, data): (Kind, &str, Value)) -> Uuid {
    let key = centre.vault.key_for(owner, Category::Deliveries, centre.now()).await.unwrap();
    let id = Uuid::now_v7();
    let notice = Notice { id, owner, recipient, kind, about, data };
    let mut tx = centre.data.begin().await.unwrap();
    tell(&mut tx, centre, &key, &notice, centre.now()).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn progress(centre: &Centre, owner: Uuid) -> Vec<Progress> {
    told(centre, owner).await.unwrap().into_iter().map(|told| told.progress).collect()
}

async fn steps(centre: &Centre) -> Vec<(String, String)> {
    let history = ledger::history(&centre.data, &Pseudonym::centre()).await.unwrap();
    let step = |recorded: ledger::Recorded| match recorded.event {
        Event::Notice { id, step, .. } => Some((id, step)),
        _ => None,
    };
    history.into_iter().filter_map(step).collect()
}

async fn listening(world: &World, recipients: &[&str]) -> (Centre, Listener) {
    let listener = Listener::start().await;
    let mut config = generous();
    recipients.iter().for_each(|recipient| tells(&mut config, recipient, &listener.address()));
    (world.with_settings(&config).await, listener)
}
