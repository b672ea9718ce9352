//! Numbers of requests: no two have the same, and where old data has it, nobody is answered in another's place.

use app::requests::model::{Kind, Wish};
use app::time::DAY;
use server::lost::officer as lost;
use server::relatives::officer as kin;
use server::requests::numbers::{draw, draw_from};
use server::requests::officer;
use server::requests::store::{Verdict, number};
use server::storage::{Schema, migrate, sql};
use server::vault::{Category, Place};
use uuid::Uuid;

use crate::support::{Browser, World};

const NEW: &str = "/settings/privacy/requests/new";

fn words() -> Verdict {
    Verdict::Fulfilled("这是给其中一个人的答复。".into())
}

/// Somebody who asks, and the number of what they asked.
async fn asks(world: &World, phone: &str) -> (Browser, String) {
    let mut browser = world.newcomer(phone).await;
    let fields = [("kind", "explanation"), ("about", "field:browse_log"), ("text", "为什么？")];
    let page = browser.post(NEW, &fields).await.expect_status(303);
    let id = page.location().unwrap().rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    (browser, id)
}

/// Another person's request with the same number, as the program before this one could draw it.
async fn same_number(world: &World, phone: &str, id: &str) -> String {
    let caller = world.caller(&world.newcomer(phone).await).await;
    let (now, other) = (world.centre.now(), Uuid::now_v7().to_string());
    let other = format!("{}{}", &other[..30], &id[30..]);
    let key = world.centre.vault.key_for(caller.person, Category::Requests, now).await.unwrap();
    let wish = Wish { value: String::new(), text: "只给我看".to_owned() };
    let place = Place { table: "request", column: "wish", row: &other };
    let mut tx = world.centre.data.begin().await.unwrap();
    sql("INSERT INTO request (id, person_id, kind, about, status, wish, made_at, due_at) \
         VALUES ($1, $2, 'explanation', '', 'open', $3, $4, $5)")
    .bind(&other)
    .bind(caller.person)
    .bind(key.seal(place, &serde_json::to_vec(&wish).unwrap()))
    .bind(now.0)
    // The first on the list.
    .bind(now.0 + 1)
    .execute(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    other
}

/// Which requests were ended.
async fn ended(world: &World) -> Vec<String> {
    let rows = sql("SELECT id FROM request WHERE ended_at IS NOT NULL ORDER BY id");
    rows.fetch_all::<(String,)>(&world.centre.data).await.unwrap().into_iter().map(|(id,)| id).collect()
}

on_both_engines! {
    async fn a_number_of_two_is_answered_for_neither_before_it_says_which(world) {
        let (_browser, one) = asks(world, "13900000211").await;
        let other = same_number(world, "13900000212", &one).await;
        let now = world.centre.now();
        let short = number(&one, now);
        assert_eq!(number(&other, now), short);
        let refused = officer::answer(&world.centre, &short, &words(), now).await.unwrap();
        let why = refused.expect_err("it is the number of two").to_string();
        assert_eq!(ended(world).await, Vec::<String>::new());
        let long = |id: &str| format!("{}{}", &short[..11], id[24..].to_uppercase());
        for id in [&one, &other] {
            assert!(why.contains(&long(id)), "{why}");
        }
        assert!(why.contains(Kind::Explanation.words()) && why.contains(&now.date_time()), "{why}");
        officer::answer(&world.centre, &long(&one), &words(), now).await.unwrap().unwrap();
        assert_eq!(ended(world).await, [one.as_str()]);
        // One of two is not the other's only because it was answered: who quotes it may be either.
        officer::answer(&world.centre, &short, &words(), now).await.unwrap().unwrap_err();
        officer::answer(&world.centre, &long(&other), &words(), now).await.unwrap().unwrap();
    }

    async fn no_proof_is_shown_and_none_is_asked_for_under_a_number_of_two(world) {
        let mut browser = world.newcomer("13900000213").await;
        let (path, short) = crate::relatives::filed(world, &mut browser, "13900000041", &["see"]).await;
        same_number(world, "13900000214", path.rsplit('/').next().unwrap()).await;
        let now = world.centre.now();
        let shown = kin::look(&world.centre, &short, now).await.unwrap();
        assert!(shown.err().expect("it is the number of two").to_string().contains("more than one"));
        let asked = kin::ask(&world.centre, &short, "请补一张清楚的。", now).await.unwrap();
        assert!(asked.expect_err("it is the number of two").to_string().contains("more than one"));
        let path = crate::lost::filed(world, "13900000041", "13900000215").await;
        let claimed = crate::lost::id_of(world, &path).await.to_string();
        let short = number(&claimed, world.centre.now());
        assert!(lost::look(&world.centre, &short, world.centre.now()).await.unwrap().is_some());
        same_number(world, "13900000216", &claimed).await;
        assert!(lost::look(&world.centre, &short, world.centre.now()).await.unwrap().is_none());
        let answered = officer::answer_by(&world.centre, &short, &words(), Some("何清"), world.centre.now()).await;
        assert!(answered.unwrap().expect_err("it is the number of two").to_string().contains("无法登录时"));
    }

    async fn a_number_that_is_taken_is_drawn_again(world) {
        let (data, now) = (&world.centre.data, world.centre.now());
        let (_browser, taken) = asks(world, "13900000217").await;
        let path = crate::lost::filed(world, "13900000041", "13900000218").await;
        let claimed = crate::lost::id_of(world, &path).await.to_string();
        let alike = |id: &str| Uuid::parse_str(&format!("{}{}", &Uuid::now_v7().to_string()[..30], &id[30..])).unwrap();
        let free = Uuid::now_v7();
        let mut draws = [alike(&taken), alike(&claimed), alike(&taken), free].into_iter();
        let mut tx = data.begin().await.unwrap();
        let drawn = draw_from(&mut tx, world.centre.now(), || draws.next().unwrap()).await.unwrap();
        assert_eq!(drawn, free, "neither that of a request nor that of a claim");
        // It is taken from here on, and only on this day.
        assert!(draw_from(&mut tx, world.centre.now(), || free).await.is_err());
        assert_eq!(draw_from(&mut tx, now.plus(2 * DAY), || free).await.unwrap(), free);
        assert_ne!(draw(&mut tx, now).await.unwrap(), draw(&mut tx, now).await.unwrap());
    }

    async fn old_data_with_two_of_a_number_becomes_the_present_schema_and_loses_neither(world) {
        let (data, now) = (&world.centre.data, world.centre.now());
        let (_browser, one) = asks(world, "13900000219").await;
        let other = same_number(world, "13900000210", &one).await;
        let mut tx = data.begin().await.unwrap();
        for undone in [
            "DROP TABLE request_number",
            "DROP INDEX request_by_day",
            "DROP INDEX lost_claim_by_day",
            "DELETE FROM _sqlx_migrations WHERE version = 33",
        ] {
            sql(undone).execute(&mut tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        migrate(data, Schema::Data).await.unwrap();
        assert_eq!(officer::waiting(&world.centre).await.unwrap().len(), 2);
        let (_next, third) = asks(world, "13900000209").await;
        assert!(number(&third, now) != number(&one, now) && number(&one, now) == number(&other, now));
        let mut tx = data.begin().await.unwrap();
        let id = Uuid::parse_str(&one).unwrap();
        assert!(draw_from(&mut tx, now, || id).await.is_err(), "what is there is taken");
    }

    async fn a_number_is_read_however_it_is_typed(world) {
        for (n, typed) in [
            |number: &str| number.to_lowercase(),
            |number: &str| format!("  {}  ", number.replace('-', " — ")),
            |number: &str| number.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect::<String>(),
            |number: &str| format!("编号：{}。", number.replace('-', "")),
            |number: &str| number.replace('0', "O").replace('1', "l"),
        ].iter().enumerate() {
            let (_browser, id) = asks(world, &format!("1390000022{n}")).await;
            let typed = typed(&number(&id, world.centre.now()));
            officer::answer(&world.centre, &typed, &words(), world.centre.now()).await.unwrap().expect(&typed);
            assert!(ended(world).await.contains(&id), "{typed}");
        }
        for typed in ["", "1", "QL20261345-ABCDEF", "QL20261123-ABCDE", "QL20261123-ABCDEG", "ABCDEF"] {
            let answered = officer::answer(&world.centre, typed, &words(), world.centre.now()).await.unwrap();
            assert!(answered.is_err(), "{typed}");
        }
    }
}
