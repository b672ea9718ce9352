//! What prose can't hold: where which code may be.

use std::fs;
use std::path::{Path, PathBuf};

use app::menu::PLACES;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file with that ending below a folder of the project, by its path in the project.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "nothing in {folder}");
    found
}

/// Files below a folder that hold one of the texts, other than the allowed ones.
fn holding(folder: &str, texts: &[&str], allowed: &[&str]) -> Vec<String> {
    let offends = |(name, text): &(String, String)| {
        !allowed.iter().any(|a| name.starts_with(a)) && texts.iter().any(|t| text.contains(t))
    };
    files(folder, "rs").into_iter().filter(offends).map(|(name, _)| name).collect()
}

const NONE: [String; 0] = [];

#[test]
fn rules_and_models_know_neither_pages_nor_storage() {
    let pure =
        files("app/src", "rs").into_iter().filter(|(name, _)| name.ends_with("rules.rs") || name.ends_with("model.rs"));
    let offending: Vec<_> =
        pure.filter(|(_, text)| ["leptos", "sqlx", "axum"].iter().any(|t| text.contains(t))).map(|(n, _)| n).collect();
    assert_eq!(offending, NONE);
}

#[test]
fn views_are_in_pages_and_ui_only() {
    assert_eq!(holding("app/src", &["view! {"], &["app/src/pages", "app/src/ui"]), NONE);
    assert_eq!(holding("server/src", &["view! {"], &[]), NONE);
}

#[test]
fn engines_are_named_in_storage_only() {
    let engines = ["Sqlite", "Postgres", "sqlx::"];
    // Rows are read with sqlx's derive; that names no engine.
    let allowed = ["server/src/storage"];
    let offending: Vec<_> = files("server/src", "rs")
        .into_iter()
        .filter(|(name, _)| !allowed.iter().any(|a| name.starts_with(a)))
        .filter(|(_, text)| engines.iter().any(|e| text.replace("sqlx::FromRow", "").contains(e)))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(offending, NONE);
}

#[test]
fn routes_are_made_in_one_place() {
    let allowed = ["server/src/web/router.rs", "server/src/web/assets.rs"];
    assert_eq!(holding("server/src", &[".route(", ".route_service("], &allowed), NONE);
}

/// What is malformed gets a page in the person's words, not the framework's line.
#[test]
fn queries_and_forms_are_read_in_one_place() {
    let theirs = ["extract::{Query", "extract::Query", "extract::{Form", "extract::Form"];
    assert_eq!(holding("server/src", &theirs, &["server/src/web/input.rs"]), NONE);
}

/// Each route of those files is a `Route::download`, which never answers with a page. A link that says `download` would save
/// whatever is answered.
#[test]
fn files_to_keep_are_answered_in_two_places_and_no_link_saves_what_is_no_file() {
    let places = ["server/src/export/downloads.rs", "server/src/proof/routes.rs"];
    assert_eq!(holding("server/src", &["CONTENT_DISPOSITION", "content-disposition"], &places), NONE);
    assert_eq!(holding("app/src", &[" download=", " download>"], &[]), NONE);
}

#[test]
fn cookies_are_set_in_one_place() {
    assert_eq!(holding("server/src", &["SameSite"], &["server/src/cookies/gate.rs"]), NONE);
}

/// The gate is the only way to a gateway: what else sends goes through `messages::send` or `messages::send_code`.
#[test]
fn gateways_are_reached_through_the_gate_only() {
    let gate = ["server/src/messages/", "server/src/open.rs", "server/src/demo.rs"];
    assert_eq!(
        holding("server/src", &["SmsProvider", "MailProvider", "PushProvider", "HttpGateway"], &gate),
        [
            // The name of who may call, not the gateway.
            "server/src/web/guard.rs"
        ]
    );
    let parts = ["server/src/messages/", "server/src/open.rs", "server/src/centre.rs", "server/src/demo.rs"];
    assert_eq!(holding("server/src", &["ateways"], &parts), NONE);
    assert_eq!(holding("server/src/messages", &["gateways.take("], &["server/src/messages/gate.rs"]), NONE);
}

/// A command that opens a centre by itself could forget to close it.
#[test]
fn commands_start_the_log_and_open_a_centre_in_one_place() {
    let start = ["server/src/main.rs", "server/src/commands/mod.rs"];
    assert_eq!(holding("server/src", &["start_log", "tracing_subscriber"], &start), NONE);
    let open = ["server/src/commands/mod.rs"];
    assert_eq!(
        holding("server/src/commands", &["open::centre(", "open::centre_for_command(", ".close()"], &open),
        NONE
    );
}

#[test]
fn sql_is_in_stores_and_never_in_routes() {
    let offending: Vec<_> = files("server/src", "rs")
        .into_iter()
        .filter(|(name, text)| name.contains("routes") && text.contains("sql("))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(offending, NONE);
}

#[test]
fn every_page_of_the_menu_has_a_route_and_a_browser_test() {
    let routes: Vec<_> = server::web::router::routes().iter().map(|r| r.path).collect();
    let specs = files("end2end/tests", "ts").into_iter().map(|(_, text)| text).collect::<String>();
    for entry in PLACES.iter().map(|place| place.entry()) {
        assert!(routes.contains(&entry.path), "no route for {}", entry.label);
        assert!(specs.contains(entry.label), "no browser test names {}", entry.label);
    }
}

#[test]
fn every_setting_is_in_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let config = fs::read_to_string(root().join("server/src/config.rs")).unwrap();
    let settings = config.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(':').map(|(n, _)| n));
    let settings: Vec<_> = settings.filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_')).collect();
    assert!(settings.len() > 12);
    for setting in settings {
        assert!(readme.contains(&format!("`{setting}`")) || readme.contains(&format!("`[{setting}]`")), "{setting}");
    }
}
