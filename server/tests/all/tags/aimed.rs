//! What may be aimed: search by who somebody is, and whatever the host asks about.

use axum::http::Method;
use server::storage::sql;
use server::tags;
use uuid::Uuid;

use super::{ADVERTISING, PHONE, TAGS, switch, willing};
use crate::support::{HOST_TOKEN, with_services};

on_both_engines! {
    async fn search_is_aimed_only_with_a_yes_and_without_an_objection(world) {
        let mut browser = world.newcomer(PHONE).await;
        let person = world.caller(&browser).await.person;
        let aimed = async || tags::may_aim(&world.centre, person).await.unwrap().search;
        assert!(!aimed().await && !tags::may_aim(&world.centre, Uuid::nil()).await.unwrap().search);
        browser.get(ADVERTISING).await.expect_text("现在：搜索结果不参考你的个人特征");
        switch(&mut browser, ADVERTISING, "personalised_recommendation", true).await;
        assert!(aimed().await);
        browser.get(ADVERTISING).await.expect_text("现在：搜索结果可能参考你的个人特征");
        switch(&mut browser, ADVERTISING, "unaimed_search", true).await;
        assert!(!aimed().await);
        switch(&mut browser, ADVERTISING, "unaimed_search", false).await;
        assert!(aimed().await);
        // What can't be read is no yes: the host gets a fault.
        let mut tx = world.centre.data.begin().await.unwrap();
        sql("UPDATE decision SET purpose = 'unknown' WHERE purpose = 'unaimed_search'").execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert!(tags::may_aim(&world.centre, person).await.is_err());
    }
}

on_both_engines! {
    with with_services();

    async fn the_host_asks_what_may_be_aimed_and_is_told_no_unless_all_says_yes(world) {
        let (mut browser, _) = willing(world).await;
        let mut host = world.browser();
        host.origin = None;
        host.headers.push(("authorization", format!("Bearer {HOST_TOKEN}")));
        let mut ask = async |body: String| host.send(Method::POST, "/host/aim", Some("application/json"), body.into()).await;
        let about = |phone: &str| format!(r#"{{"phone":"{phone}"}}"#);
        let both = r#"{"search":true,"tags":true,"ads":false}"#;
        ask(about(PHONE)).await.expect_status(200).expect_text(both);
        switch(&mut browser, TAGS, "tags_paused", true).await;
        ask(about(PHONE)).await.expect_text(r#"{"search":true,"tags":false,"ads":false}"#);
        switch(&mut browser, ADVERTISING, "unaimed_search", true).await;
        let neither = r#"{"search":false,"tags":false,"ads":false}"#;
        ask(about(PHONE)).await.expect_text(neither);
        switch(&mut browser, TAGS, "tags_paused", false).await;
        switch(&mut browser, ADVERTISING, "unaimed_search", false).await;
        ask(about(PHONE)).await.expect_text(both);
        switch(&mut browser, ADVERTISING, "personalised_ads", true).await;
        ask(about(PHONE)).await.expect_text(r#"{"search":true,"tags":true,"ads":true}"#);
        // Nobody, and what is no phone.
        ask(about("13900000049")).await.expect_text(neither);
        ask(about("nobody")).await.expect_status(400);
        ask("{}".to_owned()).await.expect_status(400);
    }
}
