//! Every person's chain, and where each of its events stands with the log.

use super::super::LedgerError;
use super::super::chain::{BEGINNING, EventRow, chain_hash};
use super::{Audit, Finding, PAGE};
use crate::storage::{Tx, sql};
use app::proof::merkle::leaf_hash;

/// An event, and what other tables know of it.
#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    event: EventRow,
    leaf_index: Option<i64>,
    pending_leaf_hash: Option<Vec<u8>>,
    head_length: Option<i64>,
    head_hash: Option<Vec<u8>>,
}

/// A chain while it is walked.
struct Walk {
    pseudonym: String,
    due: i64,
    hash: Vec<u8>,
    head: Option<(i64, Vec<u8>)>,
}

impl Walk {
    fn begin(row: &Row) -> Self {
        Self {
            pseudonym: row.event.pseudonym.clone(),
            due: 0,
            hash: BEGINNING.to_vec(),
            head: row.head_length.zip(row.head_hash.clone()),
        }
    }

    fn step(&mut self, row: &Row, audit: &mut Audit) -> Result<(), LedgerError> {
        let pseudonym = &self.pseudonym;
        let position = row.event.position;
        let canonical = row.event.canonical()?;
        if position != self.due {
            audit.find(Finding::EventMisplaced { pseudonym: pseudonym.clone(), due: self.due, found: position });
        } else if row.event.previous_hash != self.hash {
            audit.find(Finding::LinkBroken { pseudonym: pseudonym.clone(), position });
        }
        if row.event.hash != chain_hash(&canonical) {
            audit.find(Finding::EventChanged { pseudonym: pseudonym.clone(), position });
        }
        match (row.leaf_index, &row.pending_leaf_hash) {
            // That the leaf's hash is right is seen when the leaves are walked.
            (Some(_), None) => {}
            (Some(_), Some(_)) => {
                audit.find(Finding::InLogAndWaiting { pseudonym: pseudonym.clone(), position });
            }
            (None, None) => audit.find(Finding::NotInLog { pseudonym: pseudonym.clone(), position }),
            (None, Some(hash)) => {
                audit.verified.waiting += 1;
                if *hash != leaf_hash(&canonical) {
                    audit.find(Finding::WaitingDiffers { pseudonym: pseudonym.clone(), position });
                }
            }
        }
        audit.verified.events += 1;
        self.due = position.saturating_add(1);
        // On with what is stored, so that one changed event is one finding.
        self.hash.clone_from(&row.event.hash);
        Ok(())
    }

    /// A chain's end is recorded apart, or a missing last event would not show.
    fn end(self, audit: &mut Audit) {
        audit.verified.chains += 1;
        let Self { pseudonym, due: events, hash, head } = self;
        if head.as_ref() != Some(&(events, hash)) {
            audit.find(Finding::EndDiffers { pseudonym, events, recorded: head.map(|(length, _)| length) });
        }
    }
}

/// Walks all chains.
pub async fn check(tx: &mut Tx, audit: &mut Audit) -> Result<(), LedgerError> {
    let mut walk: Option<Walk> = None;
    let mut after = (String::new(), i64::MIN);
    while !audit.is_full() {
        let rows = page(tx, &after).await?;
        let Some(last) = rows.last() else { break };
        after = (last.event.pseudonym.clone(), last.event.position);
        for row in rows {
            let mut current = match walk.take() {
                Some(walk) if walk.pseudonym == row.event.pseudonym => walk,
                ended => {
                    ended.into_iter().for_each(|walk| walk.end(audit));
                    Walk::begin(&row)
                }
            };
            current.step(&row, audit)?;
            walk = Some(current);
        }
    }
    walk.into_iter().for_each(|walk| walk.end(audit));
    without_events(tx, audit).await
}

async fn page(tx: &mut Tx, after: &(String, i64)) -> Result<Vec<Row>, LedgerError> {
    let rows = sql("SELECT e.pseudonym, e.position, e.at, e.body, e.previous_hash, e.hash, \
             l.leaf_index, p.leaf_hash AS pending_leaf_hash, h.length AS head_length, h.hash AS head_hash \
         FROM event e \
         LEFT JOIN leaf l ON l.pseudonym = e.pseudonym AND l.position = e.position \
         LEFT JOIN pending_event p ON p.pseudonym = e.pseudonym AND p.position = e.position \
         LEFT JOIN chain_head h ON h.pseudonym = e.pseudonym \
         WHERE (e.pseudonym, e.position) > ($1, $2) ORDER BY e.pseudonym, e.position LIMIT $3")
    .bind(&after.0)
    .bind(after.1)
    .bind(PAGE)
    .fetch_all(tx)
    .await?;
    Ok(rows)
}

/// Rows that speak of events of which there is none. (Leaves are seen when the log is walked.)
async fn without_events(tx: &mut Tx, audit: &mut Audit) -> Result<(), LedgerError> {
    let heads = sql("SELECT h.pseudonym, h.length FROM chain_head h WHERE NOT EXISTS \
         (SELECT 1 FROM event e WHERE e.pseudonym = h.pseudonym) ORDER BY h.pseudonym LIMIT $1")
    .bind(PAGE)
    .fetch_all::<(String, i64)>(&mut *tx)
    .await?;
    for (pseudonym, length) in heads {
        audit.find(Finding::EndDiffers { pseudonym, events: 0, recorded: Some(length) });
    }
    let waiting = sql("SELECT p.pseudonym, p.position FROM pending_event p WHERE NOT EXISTS \
         (SELECT 1 FROM event e WHERE e.pseudonym = p.pseudonym AND e.position = p.position) \
         ORDER BY p.pseudonym, p.position LIMIT $1")
    .bind(PAGE)
    .fetch_all::<(String, i64)>(tx)
    .await?;
    for (pseudonym, position) in waiting {
        audit.find(Finding::WaitingDiffers { pseudonym, position });
    }
    Ok(())
}
