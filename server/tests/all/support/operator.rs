//! A catalogue of an operator's own: other words, and versions of the policy as a test needs them.

use std::fs;
use std::path::{Path, PathBuf};

use app::consents::Purpose;
use app::time::Moment;
use server::catalogue::Catalogue;

/// A version: its number, when it is made known and since when it holds, and what it touches.
pub type Published = (&'static str, &'static str, &'static str, &'static [Purpose]);

fn built_in() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogue")
}

/// Midnight in China.
pub fn midnight(date: &str) -> Moment {
    Moment(format!("{date}T00:00:00+08:00").parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

/// The built-in words of every purpose with a mark in each sentence, as a file.
fn marked_purposes(mark: &str) -> String {
    fs::read_to_string(built_in().join("purposes.toml")).unwrap().replace("。\"", &format!("{mark}。\""))
}

/// A catalogue in that folder with these versions of the policy, and marked words.
pub fn own_catalogue(folder: &Path, versions: &[Published], mark: &str) -> Catalogue {
    let policy = folder.join("policy");
    fs::create_dir_all(&policy).unwrap();
    fs::copy(built_in().join("policy/clauses.toml"), policy.join("clauses.toml")).unwrap();
    for (n, (number, published, in_force, touches)) in versions.iter().enumerate() {
        let (own, like) = (policy.join(number), built_in().join("policy").join(if n == 0 { "1.0" } else { "2.0" }));
        fs::create_dir_all(&own).unwrap();
        for name in ["summary.md", "children.md"] {
            fs::copy(like.join(name), own.join(name)).unwrap();
        }
        let text = fs::read_to_string(like.join("policy.md")).unwrap();
        let (_, body) = text.split_once("\n+++\n").unwrap();
        let touched: Vec<_> = touches.iter().map(|purpose| format!("{:?}", purpose.id())).collect();
        let (material, touched) = (!touches.is_empty(), touched.join(", "));
        let front = format!(
            "+++\nversion = {number:?}\npublished = {published:?}\nin_force = {in_force:?}\nmaterial = {material}\n\n\
             [[changes]]\ntext = \"第 {number} 版改了这些。\"\npurposes = [{touched}]\n+++\n"
        );
        fs::write(own.join("policy.md"), front + body).unwrap();
    }
    fs::write(folder.join("purposes.toml"), marked_purposes(mark)).unwrap();
    Catalogue::load(Some(folder)).unwrap()
}
