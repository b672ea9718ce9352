//! Where its person sees what each table holds of them (个保法 45): whoever adds a table to `rows.rs` says it here. A test fills
//! an account and looks for every sealed value in the copy; the execution's own access request asks at the same places, so
//! it can't know fewer.

use app::export::register::Register;
use app::records::model::Home;

use crate::centre::Centre;
use crate::export::registers;
use crate::records::own::{Own, own};
use crate::records::{Filter, page, totals};
use crate::sharing;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// Where something is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// As kinds of the data catalogue: at 我的个人信息, and in the copy.
    Kinds(Home),
    /// In a register of the copy, and on its page.
    Register(Register),
    /// At 共享记录, and in the copy.
    Disclosures,
    /// Nowhere: why that keeps nothing from its person.
    Nowhere(&'static str),
}

use Seen::{Disclosures, Kinds, Nowhere, Register as In};

/// Every table with rows of people, in the order of `rows.rs`.
pub const SEEN: &[(&str, &[Seen])] = &[
    ("download", &[Nowhere("it says for minutes that a download may go on")]),
    ("session", &[In(Register::Devices)]),
    ("one_time_code", &[Nowhere("the check value of a code that its person was sent; it ends within minutes")]),
    ("code_count", &[Nowhere("it counts for an hour how many codes were asked for, and holds nothing else")]),
    (
        "known_device",
        &[Nowhere("the check value of a cookie of its person's browser; who signed in from where is seen itself")],
    ),
    ("decision", &[Kinds(Home::Decisions), In(Register::Decisions)]),
    ("avatar", &[Kinds(Home::Avatar)]),
    ("address", &[Kinds(Home::Addresses)]),
    ("real_name", &[Kinds(Home::RealName)]),
    ("correction", &[In(Register::Corrections)]),
    ("record", &[Kinds(Home::Records)]),
    ("record_total", &[Nowhere("it counts the records, which are seen themselves")]),
    ("erased_kind", &[In(Register::Erasures)]),
    ("erasure", &[In(Register::Erasures)]),
    // What was handed in stands beside the register, file by file.
    ("kin_proof", &[In(Register::Requests)]),
    ("directive", &[Kinds(Home::Account)]),
    ("export_part", &[Nowhere("it is the copy itself")]),
    ("transfer", &[In(Register::Copies)]),
    ("export", &[In(Register::Copies)]),
    ("kin_request", &[In(Register::Requests)]),
    ("request", &[In(Register::Requests)]),
    ("disclosure", &[Disclosures]),
    ("hand_over", &[Nowhere("it says for seconds that a message is being handed over, and no word of it")]),
    ("sms_reply", &[In(Register::Messages)]),
    ("unsubscribe_link", &[Nowhere("the check value of a link that its person was sent")]),
    ("mail_link", &[In(Register::Messages)]),
    ("outgoing_message", &[In(Register::Messages)]),
    ("delivery", &[In(Register::Notices)]),
    ("affair", &[Kinds(Home::Affairs)]),
    ("waiver", &[In(Register::Cancellations)]),
    ("cancellation", &[In(Register::Cancellations)]),
    ("lost_grant", &[Nowhere("it ties a claim to the attempt to leave that it began, which is seen itself")]),
    ("person", &[Kinds(Home::Account), In(Register::Account)]),
];

/// How much its person is shown of what each table holds, place by place; what is seen nowhere is left out.
///
/// # Errors
/// Storage or vault.
pub async fn found(centre: &Centre, caller: &Caller) -> Result<Vec<(&'static str, usize)>, Fault> {
    let own = own(centre, caller).await?;
    let mut found = Vec::new();
    for (table, seen) in SEEN {
        for seen in *seen {
            let count = match *seen {
                Kinds(Home::Records) => {
                    let newest = page(centre, caller, &Filter::default(), 1, true).await?.records.len();
                    newest + totals(&centre.data, caller.person).await?.len()
                }
                Kinds(home) => kept_in(centre, &own, home),
                In(register) => registers::read(centre, caller, register).await?.len(),
                Disclosures => sharing::counts(centre, caller.person).await?.len(),
                Nowhere(_) => continue,
            };
            found.push((*table, count));
        }
    }
    Ok(found)
}

fn kept_in(centre: &Centre, own: &Own, home: Home) -> usize {
    let fields = centre.catalogue.data().fields().iter().filter(|field| field.kept_in == home);
    fields.filter_map(|field| own.get(field.id.as_str())).map(Vec::len).sum()
}

#[cfg(test)]
mod tests {
    use super::super::rows;
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn every_table_with_a_persons_rows_says_where_they_are_seen() {
        let tables: Vec<_> = SEEN.iter().map(|(table, _)| *table).collect();
        assert_eq!(tables, rows::tables());
        let catalogue = Catalogue::load(None).expect("the built-in catalogue fits");
        for (table, seen) in SEEN {
            assert!(!seen.is_empty(), "{table}");
            for seen in *seen {
                match seen {
                    Kinds(home) => {
                        assert!(
                            catalogue.data().fields().iter().any(|f| f.kept_in == *home),
                            "{table}: no kind is kept there"
                        );
                    }
                    Nowhere(why) => assert!(!why.is_empty() && seen_alone(table), "{table}"),
                    In(_) | Disclosures => {}
                }
            }
        }
        for register in Register::ALL {
            let fills = SEEN.iter().any(|(_, seen)| seen.contains(&In(*register)));
            assert!(fills, "no table fills {register:?}");
        }
    }

    fn seen_alone(table: &str) -> bool {
        SEEN.iter().any(|(name, seen)| *name == table && seen.len() == 1)
    }
}
