//! The right of access is complete (个保法 45): an account is filled with a row in every table, each sealed value of it is opened,
//! and every one is looked for in the copy that its person downloads. What an erasure is searched for afterwards, in order to
//! find nothing, is found in the copy before.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};

use app::cancellation::affair::{Affair, AffairKind};
use app::export::model::Scope;
use app::export::register::{REGISTERS, Register};
use app::mask::Mask;
use app::records::model::Home;
use app::records::rules;
use app::relatives::model::{Claim, Relation, Right, Shows};
use app::sharing::told::Notice as NoticeKind;
use app::time::{DAY, HOUR};
use app::transfer::model::Receiver;
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};
use server::cancellation::conditions::{NewAffair, write};
use server::centre::Centre;
use server::execution::rows;
use server::execution::seen::{self, SEEN, Seen};
use server::export::parts::Parts;
use server::export::{job, store, text};
use server::messages;
use server::messages::outbox::{self, Outgoing};
use server::records::{By, Filter, correct, erase, page};
use server::relatives::{claims, proofs};
use server::seed::PASSWORD;
use server::storage::sql;
use server::transfer::store as transfers;
use server::vault::{Category, Place};
use server::web::Caller;
use server::webhooks::store::{Notice, tell};
use uuid::Uuid;
use zip::ZipArchive;

use crate::support::{Browser, Engine, World, bytes_of, with_services};

/// What of a column of bytes its person finds in the copy.
enum Sought {
    /// Everything that was sealed in it.
    Whole,
    /// Nothing: why.
    Nothing(&'static str),
}
use Sought::{Nothing, Whole};

const INDEX: Sought = Nothing("an index or a hash, from which nothing can be read");

/// Every column of bytes of every table with a person's rows.
const COLUMNS: &[(&str, &str, Sought)] = &[
    ("session", "client", Whole),
    ("session", "token_hash", INDEX),
    ("one_time_code", "code_mac", INDEX),
    ("one_time_code", "phone_index", INDEX),
    ("code_count", "counter_index", INDEX),
    ("known_device", "device_index", INDEX),
    ("avatar", "image", Whole),
    ("address", "payload", Whole),
    ("real_name", "payload", Whole),
    ("record", "content", Whole),
    ("kin_proof", "sealed", Whole),
    ("directive", "content", Whole),
    ("export_part", "sealed", Nothing("the copy itself")),
    ("transfer", "credential", Nothing("a password to the receiver's service, gone with the end of the transfer")),
    ("transfer", "receiver", Whole),
    ("kin_request", "claim", Whole),
    ("request", "answer", Whole),
    ("request", "asked", Whole),
    ("request", "reviewer", Whole),
    ("request", "wish", Whole),
    ("disclosure", "content", Whole),
    ("sms_reply", "content", Whole),
    ("sms_reply", "repeat_index", INDEX),
    ("unsubscribe_link", "token_hash", INDEX),
    ("mail_link", "content", Whole),
    ("mail_link", "token_hash", INDEX),
    ("outgoing_message", "content", Whole),
    ("delivery", "body", Whole),
    ("affair", "content", Whole),
    ("waiver", "content", Whole),
    ("cancellation", "obstacles", Whole),
    ("cancellation", "proof", Whole),
    ("person", "age_band", Whole),
    ("person", "password_hash", Nothing("never shown to anybody; the copy says that there is one")),
    ("person", "phone", Whole),
    ("person", "phone_index", INDEX),
    ("person", "pseudonym", Whole),
    ("person", "username", Whole),
    ("person", "username_index", INDEX),
];

/// Seals a value as the store of its table does, for tables that only a longer story would fill.
async fn seal(centre: &Centre, person: Uuid, category: Category<'_>, place: Place<'_>, value: &Value) -> Vec<u8> {
    let key = centre.vault.key_for(person, category, centre.now()).await.unwrap();
    key.seal(place, value.to_string().as_bytes())
}

/// The demo's first person with something in every table.
async fn filled(world: &World) -> (Browser, Caller) {
    world.demo().await;
    let mut browser = world.browser();
    browser.headers.push(("user-agent", "Marked-Browser/7 (Android) Chrome/99".to_owned()));
    browser
        .post("/signin", &[("phone", "13800138000"), ("by", "password"), ("password", PASSWORD)])
        .await
        .expect_status(303);
    world.step_up_demo(&mut browser).await;
    let caller = world.caller(&browser).await;
    by_the_stores(&world.centre, &caller).await;
    by_hand(&world.centre, &caller).await;
    // With the keys that were made meanwhile.
    let caller = world.caller(&browser).await;
    (browser, caller)
}

async fn by_the_stores(centre: &Centre, caller: &Caller) {
    let (person, now) = (caller.person, centre.now());
    let favorite = centre.catalogue.data().field("favorite").unwrap();
    let filter = Filter { field: Some("favorite".into()), ..Filter::default() };
    let record = page(centre, caller, &filter, 1, true).await.unwrap().records[0].id;
    assert!(correct(centre, caller, (record, favorite), "改成的标记", By::Person, now).await.unwrap());
    erase::erase(centre, caller, &rules::Scope::Kind("cart".into()), now).await.unwrap();
    let affair = Affair {
        kind: AffairKind::Balance,
        open: true,
        detail: "标记的余额".to_owned(),
        link: "https://shop.example/marked".to_owned(),
        amount_fen: Some(4321),
    };
    let new = NewAffair { host_id: "marked-affair-77".to_owned(), person, at: now, affair };
    assert!(write((&centre.data, &centre.vault), &[new], now).await.unwrap()[0].is_ok());
    let claim = Claim { account: "13700000088".to_owned(), relation: Relation::Child, rights: vec![Right::See] };
    let claimed = claims::file(centre, caller, (&claim, "标记的近亲属申请"), now).await.unwrap().unwrap();
    let pdf = b"%PDF-1.7\nmarked proof \xff\xfe";
    proofs::add(centre, caller, claimed, (Shows::Death, pdf), now).await.unwrap().unwrap();
    let receiver =
        Receiver { name: "标记的接收方".to_owned(), address: "https://receiver.example/marked".to_owned() };
    let scope = Scope { functions: vec!["1.1".to_owned()], ..Scope::default() };
    let new = transfers::NewTransfer { receiver, credential: Some("marked-credential".to_owned()), scope };
    transfers::begin(centre, caller, new, now).await.unwrap().unwrap();
    let own = "13800138000".parse().unwrap();
    messages::reply(centre, &own, None, "标记的短信回复").await.unwrap();
    let key = centre.vault.key_for(person, Category::Outbox, now).await.unwrap();
    let phone = "13700000099".parse().unwrap();
    let later = now.plus(30 * DAY);
    let outgoing =
        Outgoing { id: Uuid::now_v7(), owner: person, phone, text: "标记的短信".to_owned(), not_before: later };
    let notices = centre.vault.key_for(person, Category::Deliveries, now).await.unwrap();
    let mut tx = centre.data.begin().await.unwrap();
    outbox::put(&mut tx, &key, &outgoing).await.unwrap();
    let notice = Notice {
        id: Uuid::now_v7(),
        owner: person,
        recipient: "ads_juguang",
        kind: NoticeKind::Correction,
        about: "fields:username",
        data: json!({ "corrections": [{ "field": "username", "before": "更正前的标记", "after": "更正后的标记" }] }),
    };
    tell(&mut tx, centre, &notices, &notice, now).await.unwrap();
    let asked = Place { table: "request", column: "asked", row: &claimed.to_string() };
    let key = centre.vault.key_for(person, Category::Requests, now).await.unwrap();
    sql("UPDATE request SET asked = $2 WHERE id = $1")
        .bind(claimed)
        .bind(key.seal(asked, "标记的补充要求".as_bytes()))
        .execute(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn by_hand(centre: &Centre, caller: &Caller) {
    let (person, now) = (caller.person, centre.now());
    let [mail, attempt, waiver] = [(); 3].map(|()| Uuid::now_v7().to_string());
    let place = |table, column, row| Place { table, column, row };
    let mail_link = json!({ "subject": "标记的邮件", "target": "https://shop.example/marked-mail" });
    let mail_link = seal(centre, person, Category::Messages, place("mail_link", "content", &mail), &mail_link).await;
    let obstacles = json!([{
        "id": "marked-obstacle", "kind": "dispute", "detail": "标记的纠纷", "link": "https://shop.example/marked-dispute",
        "amount": null,
    }]);
    let obstacles =
        seal(centre, person, Category::Affairs, place("cancellation", "obstacles", &attempt), &obstacles).await;
    let proof = json!({ "right": ["选对的标记"], "wrong": ["选错的标记"], "left_out": ["漏选的标记"] });
    let proof = seal(centre, person, Category::Requests, place("cancellation", "proof", &attempt), &proof).await;
    let given_up = json!({ "obstacle": "marked-waived", "amount": 4321, "words": "我自愿放弃余额43.21元" });
    let given_up = seal(centre, person, Category::Affairs, place("waiver", "content", &waiver), &given_up).await;
    let mut tx = centre.data.begin().await.unwrap();
    sql("INSERT INTO mail_link (id, person_id, token_hash, content, made_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(&mail)
        .bind(person)
        .bind(vec![7_u8; 32])
        .bind(mail_link)
        .bind(now.0)
        .execute(&mut tx)
        .await
        .unwrap();
    sql("INSERT INTO cancellation (id, person_id, state, drafted_at, ended_at, refusal, obstacles, proof) \
         VALUES ($1, $2, 'refused', $3, $4, 'dispute', $5, $6)")
    .bind(&attempt)
    .bind(person)
    .bind(now.plus(-HOUR).0)
    .bind(now.0)
    .bind(obstacles)
    .bind(proof)
    .execute(&mut tx)
    .await
    .unwrap();
    sql("INSERT INTO waiver (id, cancellation_id, person_id, content, made_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(&waiver)
        .bind(&attempt)
        .bind(person)
        .bind(given_up)
        .bind(now.0)
        .execute(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

type Files = BTreeMap<String, Vec<u8>>;

fn unpack(package: Vec<u8>) -> Files {
    let mut archive = ZipArchive::new(Cursor::new(package)).unwrap();
    let mut files = Files::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        files.insert(file.name().unwrap().into_owned(), bytes);
    }
    files
}

/// The copy with everything ticked, as the form offers it.
async fn copy(world: &World, browser: &mut Browser) -> Files {
    let functions = world.centre.catalogue.data().functions().iter().map(|f| ("function", f.id.as_str()));
    let fields: Vec<_> = functions.chain([("function", REGISTERS)]).collect();
    browser.post("/settings/privacy/copy/new", &fields).await.expect_status(303);
    while job::run_next(&world.centre).await.unwrap() {}
    let caller = world.caller(browser).await;
    let id = store::copies(&world.centre.data, caller.person).await.unwrap().remove(0).id;
    unpack(browser.get(&format!("/settings/privacy/copy/{id}/download")).await.expect_status(200).body)
}

/// Everything that was sealed in a column, opened: by the row's id.
async fn opened(centre: &Centre, person: Uuid, table: &'static str, column: &'static str) -> Vec<(String, Vec<u8>)> {
    let (id, owner) = match table {
        "person" => ("id", "id"),
        "avatar" | "real_name" | "directive" => ("person_id", "person_id"),
        "kin_request" => ("request_id", "person_id"),
        "outgoing_message" | "delivery" => ("id", "owner"),
        _ => ("id", "person_id"),
    };
    let text = format!("SELECT {id}, {column} FROM {table} WHERE {owner} = $1 AND {column} IS NOT NULL");
    let sealed = sql(text.leak()).bind(person).fetch_all::<(String, Vec<u8>)>(&centre.data).await.unwrap();
    let proofs = sql("SELECT id, request_id FROM kin_proof").fetch_all::<(String, String)>(&centre.data).await.unwrap();
    let proofs: BTreeMap<_, _> = proofs.into_iter().collect();
    let mut opened = Vec::new();
    for (row, sealed) in sealed {
        let ring = match table {
            "record" => centre.vault.record_ring(person).await,
            "kin_proof" => centre.vault.ring_for(person, Category::Proof(&proofs[&row])).await,
            "sms_reply" => centre.vault.ring_for(person, Category::Reply(&row)).await,
            _ => centre.vault.ring(person).await,
        };
        let plain = ring.unwrap().open(Place { table, column, row: &row }, &sealed).await.unwrap();
        opened.push((row, plain.to_vec()));
    }
    opened
}

/// Every text in a value, and every label.
fn texts(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::String(text) => all.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| texts(value, all)),
        Value::Object(fields) => {
            all.extend(fields.keys().cloned());
            fields.values().for_each(|value| texts(value, all));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A word of the program, like `dispute` or `see`: the person reads it in their own language.
fn is_word(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

/// Records of kinds that are never shown, not even to their person.
async fn never_shown(centre: &Centre, person: Uuid) -> BTreeSet<String> {
    let rows = sql("SELECT id, field FROM record WHERE person_id = $1").bind(person);
    let rows = rows.fetch_all::<(String, String)>(&centre.data).await.unwrap();
    let never = |field: &str| centre.catalogue.data().field(field).unwrap().mask == Mask::Never;
    rows.into_iter().filter(|(_, field)| never(field)).map(|(id, _)| id).collect()
}

on_both_engines! {
    with with_services();

    async fn whatever_is_sealed_of_a_person_is_found_in_their_copy(world) {
        let (mut browser, caller) = filled(world).await;
        let (centre, person) = (&world.centre, caller.person);
        let files = copy(world, &mut browser).await;
        let data: Value = serde_json::from_slice(&files["data.json"]).unwrap();
        let schema: Value = serde_json::from_slice(&files["schema.json"]).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        assert_eq!(validator.iter_errors(&data).map(|e| e.to_string()).collect::<Vec<_>>(), Vec::<String>::new());
        let mut told = Vec::new();
        texts(&data, &mut told);
        let told = told.join("\n");
        let never = never_shown(centre, person).await;
        assert!(!never.is_empty());
        let mut missing = Vec::new();
        for (table, column, _) in COLUMNS.iter().filter(|(_, _, sought)| matches!(sought, Whole)) {
            let all = opened(centre, person, table, column).await;
            assert!(!all.is_empty(), "nothing is sealed in {table}.{column}");
            for (row, plain) in all.into_iter().filter(|(row, _)| !never.contains(row)) {
                let mut sought = Vec::new();
                match serde_json::from_slice::<Value>(&plain) {
                    Ok(value @ (Value::Object(_) | Value::Array(_))) => texts(&value, &mut sought),
                    _ => match String::from_utf8(plain) {
                        Ok(text) => sought.push(text),
                        Err(file) if files.values().any(|one| one == file.as_bytes()) => {}
                        Err(_) => missing.push(format!("{table}.{column} {row}")),
                    },
                }
                let lacks = |text: &&String| !is_word(text) && !told.contains(text.as_str());
                missing.extend(sought.iter().filter(lacks).map(|text| format!("{table}.{column}: {text}")));
            }
        }
        assert_eq!(missing, Vec::<String>::new());
        for mark in ["marked-affair-77", "43.21元", "Marked-Browser/7", "选错的标记", "更正前的标记"] {
            assert!(told.contains(mark), "{mark}");
        }
        assert!(!told.contains("marked-credential"));
    }

    async fn every_table_is_seen_where_it_is_said_to_be(world) {
        let (mut browser, caller) = filled(world).await;
        let counts: BTreeMap<_, _> = rows::counts(&world.centre, caller.person).await.unwrap().into_iter().collect();
        let files = copy(world, &mut browser).await;
        for (table, count) in seen::found(&world.centre, &caller).await.unwrap() {
            assert!(counts[table] > 0, "{table} is empty");
            assert!(count > 0, "nothing of {table} is seen");
        }
        let overview = browser.get("/settings/data").await.expect_status(200).text();
        let data: Value = serde_json::from_slice(&files["data.json"]).unwrap();
        let index = String::from_utf8(files["index.html"].clone()).unwrap();
        for (n, register) in Register::ALL.iter().enumerate() {
            let told = &data["registers"][n];
            assert_eq!((&told["id"], &told["name"]), (&json!(register.id()), &json!(register.label())));
            assert!(overview.contains(register.label()), "{register:?}");
            if let Some(place) = register.place() {
                browser.get(place.path()).await.expect_status(200);
            }
            let name = format!("register-{}", register.id());
            assert!(index.contains(&format!("html/{name}-1.html")), "{register:?}");
            let sheet = files[&format!("csv/{name}.csv")].strip_prefix("\u{feff}".as_bytes()).unwrap();
            let rows: Vec<_> = csv::Reader::from_reader(sheet).into_records().map(Result::unwrap).collect();
            let pages = files.iter().filter(|(path, _)| path.starts_with(&format!("html/{name}-")));
            let pages: String = pages.map(|(_, page)| String::from_utf8(page.clone()).unwrap()).collect();
            let entries = told["entries"].as_array().unwrap();
            assert_eq!((rows.len(), pages.matches("<li>").count()), (entries.len(), entries.len()), "{register:?}");
            for (entry, row) in entries.iter().zip(&rows) {
                let value = entry["value"].as_str().unwrap();
                assert_eq!((&row[0], &row[1]), (entry["at"].as_str().unwrap(), text::cell(value).as_str()));
                for text in entry["details"].as_object().into_iter().flatten().map(|(_, text)| text.as_str().unwrap()) {
                    assert!(pages.contains(&*text::html(text)), "{register:?}: {text} is not on its page");
                    assert!(row[2].contains(text), "{register:?}: {text} is not in its table");
                }
            }
        }
    }

    async fn what_is_open_with_the_host_is_seen_and_masked_and_does_not_go_by_itself(world) {
        let (_, caller) = filled(world).await;
        let mut browser = world.browser();
        browser.post("/signin", &[("phone", "13800138000"), ("by", "password"), ("password", PASSWORD)]).await.expect_status(303);
        let fields = world.centre.catalogue.data().fields();
        for kind in fields.iter().filter(|f| f.kept_in == Home::Affairs) {
            browser.get("/settings/data").await.expect_text(&format!("href=\"/settings/data/records?kind={}\"", kind.id));
            let erasure = format!("/settings/data/erase?scope=kind:{}", kind.id);
            browser.get(&erasure).await.expect_text("办结后立即删除");
            browser.post("/settings/data/erase", &[("scope", &format!("kind:{}", kind.id))]).await.expect_status(303);
        }
        let open = sql("SELECT id FROM affair WHERE person_id = $1 AND is_open").bind(caller.person);
        assert_eq!(open.fetch_all::<(String,)>(&world.centre.data).await.unwrap().len(), 5, "they are the host's facts");
        browser.get("/settings/data/records?kind=entitlement").await.expect_text("优惠券：满100减20");
        let page = browser.get("/settings/data/records?kind=open_affair").await.expect_text("查看完整");
        assert!(page.text().contains("******") && !page.text().contains("标记的余额"));
        world.step_up_demo(&mut browser).await;
        let page = browser.get("/settings/data/records?kind=open_affair").await.expect_text("账户里还有余额：标记的余额");
        page.expect_text("金额 43.21元").expect_text("https://shop.example/marked");
    }

    async fn what_is_sent_on_holds_affairs_and_no_register(world) {
        let (_, caller) = filled(world).await;
        while job::run_next(&world.centre).await.unwrap() {}
        let row = sql("SELECT id, attempt, bytes FROM export WHERE person_id = $1 AND purpose = 'transfer'");
        let (id, attempt, bytes) =
            row.bind(caller.person).fetch_one::<(String, i64, i64)>(&world.centre.data).await.unwrap();
        let parts = Parts::of(&world.centre, caller.person, (&id, attempt), bytes.try_into().unwrap()).await.unwrap();
        let package = parts.stream().try_fold(Vec::new(), async |all, part| Ok([all, part.to_vec()].concat())).await;
        let files = unpack(package.unwrap());
        let data: Value = serde_json::from_slice(&files["data.json"]).unwrap();
        assert!(data["registers"].is_null() && !files.keys().any(|name| name.contains("register-") || name.contains("proofs")));
        let of = |kind: &str| data["kinds"].as_array().unwrap().iter().find(|k| k["id"] == kind).unwrap()["records"].clone();
        assert_eq!(of("open_affair")[0]["value"], "账户里还有余额：标记的余额");
        assert_eq!(of("entitlement").as_array().unwrap().len(), 4);
    }
}

/// Who adds a column of bytes says what its person finds of it.
#[tokio::test(flavor = "multi_thread")]
async fn every_column_of_bytes_is_looked_at() {
    World::run(Engine::Sqlite, &with_services(), async |world| {
        for (table, seen) in SEEN {
            let mut listed: Vec<_> =
                COLUMNS.iter().filter(|(t, ..)| t == table).map(|(_, column, _)| *column).collect();
            listed.sort_unstable();
            assert_eq!(bytes_of(world, table).await, listed, "{table}");
            let whole = COLUMNS.iter().any(|(t, _, sought)| t == table && matches!(sought, Whole));
            assert!(!whole || !seen.iter().any(|seen| matches!(seen, Seen::Nowhere(_))), "{table}");
        }
        for (table, column, sought) in COLUMNS {
            assert!(!matches!(sought, Nothing(why) if why.is_empty()), "{table}.{column}");
        }
    })
    .await;
}
