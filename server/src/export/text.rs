//! Values that stay values: whatever a record says, a spreadsheet computes nothing and a browser runs nothing.

pub use app::html::escape as html;

/// What a spreadsheet would take for a formula (OWASP ASVS 5.0, 1.2.10), full-width forms included.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
/// Digits that a spreadsheet still keeps exactly as a number.
const EXACT_DIGITS: usize = 11;

/// A value for CSV. A formula is disarmed by an apostrophe; a long number is kept whole by a tab before it, which
/// spreadsheets do not show.
#[must_use]
pub fn cell(value: &str) -> String {
    let is_number = !value.is_empty() && value.chars().all(|c| c.is_ascii_digit());
    if is_number && (value.len() > EXACT_DIGITS || value.starts_with('0')) {
        return format!("\t{value}");
    }
    if value.starts_with(FORMULA) { format!("'{value}") } else { value.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn examples() {
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("-3"), "'-3");
        assert_eq!(cell("＝cmd"), "'＝cmd");
        assert_eq!(cell("998877665544332211"), "\t998877665544332211");
        assert_eq!(cell("007"), "\t007");
        assert_eq!(cell("13800138000"), "13800138000");
        assert_eq!(cell("连衣裙"), "连衣裙");
        assert_eq!(html("<b a='1'>&\""), "&lt;b a=&#39;1&#39;&gt;&amp;&quot;");
    }

    proptest! {
        #[test]
        fn no_cell_is_a_formula_and_none_loses_its_value(value in "[=+@\t\r\n＝\"',;-]{0,3}.{0,20}") {
            let safe = cell(&value);
            let number = safe.strip_prefix('\t').is_some_and(|n| n.chars().all(|c| c.is_ascii_digit()));
            prop_assert!(number || !safe.starts_with(FORMULA));
            prop_assert!(safe.ends_with(&value) && safe.chars().count() <= value.chars().count() + 1);
            // Written and read again by a reader of CSV, it is one field and the same.
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["x", &safe]).expect("writes");
            let bytes = writer.into_inner().expect("flushes");
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
            let record = reader.records().next().expect("a row").expect("reads");
            prop_assert_eq!((&record[0], &record[1], record.len()), ("x", safe.as_str(), 2));
        }

        #[test]
        fn no_html_of_a_value_is_markup(value in "[<>&\"'a-z=/ ]{0,40}") {
            let safe = html(&value);
            prop_assert!(!safe.contains(['<', '>', '"', '\'']));
            let back = safe.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
            prop_assert_eq!(back.replace("&amp;", "&"), value);
        }
    }
}
