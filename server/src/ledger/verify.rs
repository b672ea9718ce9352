//! Recomputes the whole ledger from its rows, page by page, and names whatever does not fit.

use super::LedgerError;
use super::chain::{BEGINNING, EventRow};
use super::checkpoint::Verifier;
use super::merkle::{Edge, Hash, leaf_hash};
use crate::storage::{Db, sql};

/// Rows read at a time: memory stays the same however long the ledger is.
const PAGE: i64 = 5_000;

/// One thing that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A row's content does not have the hash that is stored with it.
    Changed(String),
    /// A row is missing, or stands where it does not belong.
    Gap(String),
    /// A checkpoint is not what the log's key signed over the rows there are.
    Checkpoint(String),
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Changed(place) => write!(f, "changed: {place}"),
            Self::Gap(place) => write!(f, "missing or moved: {place}"),
            Self::Checkpoint(place) => write!(f, "checkpoint: {place}"),
        }
    }
}

/// What was found whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Events in chains.
    pub events: u64,
    /// Chains.
    pub chains: u64,
    /// Events folded into the log.
    pub leaves: u64,
    /// Signed checkpoints.
    pub checkpoints: u64,
}

impl std::fmt::Display for Verified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { events, chains, leaves, checkpoints } = self;
        write!(f, "{events} events in {chains} chains, {leaves} of them in the log, {checkpoints} checkpoints")
    }
}

/// Recomputes everything.
///
/// # Errors
/// The outer error: it could not be read. The inner one: all that does not fit.
pub async fn verify(db: &Db, verifier: &Verifier) -> Result<Result<Verified, Vec<Finding>>, LedgerError> {
    let mut audit = Audit::default();
    chains(db, &mut audit).await?;
    log(db, verifier, &mut audit).await?;
    Ok(if audit.findings.is_empty() { Ok(audit.verified) } else { Err(audit.findings) })
}

#[derive(Default)]
struct Audit {
    verified: Verified,
    findings: Vec<Finding>,
}

impl Audit {
    fn changed(&mut self, place: String) {
        self.findings.push(Finding::Changed(place));
    }

    fn gap(&mut self, place: String) {
        self.findings.push(Finding::Gap(place));
    }
}

/// A chain while it is walked.
struct Walk {
    pseudonym: String,
    length: i64,
    hash: Vec<u8>,
}

async fn chains(db: &Db, audit: &mut Audit) -> Result<(), LedgerError> {
    let mut walk: Option<Walk> = None;
    let mut after = (String::new(), -1);
    loop {
        let rows = sql("SELECT pseudonym, position, at, body, previous_hash, hash FROM event \
             WHERE pseudonym > $1 OR (pseudonym = $1 AND position > $2) ORDER BY pseudonym, position LIMIT $3")
            .bind(&after.0)
            .bind(after.1)
            .bind(PAGE)
            .fetch_all::<EventRow>(db)
            .await?;
        let Some(last) = rows.last() else { break };
        after = (last.pseudonym.clone(), last.position);
        for row in rows {
            if walk.as_ref().is_none_or(|w| w.pseudonym != row.pseudonym) {
                let begun = Walk { pseudonym: row.pseudonym.clone(), length: 0, hash: BEGINNING.to_vec() };
                if let Some(ended) = walk.replace(begun) {
                    head(db, audit, &ended).await?;
                }
            }
            if let Some(walk) = &mut walk {
                step(audit, walk, &row)?;
            }
        }
    }
    if let Some(ended) = walk {
        head(db, audit, &ended).await?;
    }
    orphans(db, audit).await
}

fn step(audit: &mut Audit, walk: &mut Walk, row: &EventRow) -> Result<(), LedgerError> {
    let place = || format!("event {} of chain {}", row.position, row.pseudonym);
    audit.verified.events += 1;
    if row.position != walk.length {
        audit.gap(format!("before {}", place()));
    }
    if row.previous_hash != walk.hash || row.computed_hash()?[..] != row.hash[..] {
        audit.changed(place());
    }
    walk.length = row.position + 1;
    walk.hash.clone_from(&row.hash);
    Ok(())
}

/// A chain's end is also written down apart, or a missing last event would not show.
async fn head(db: &Db, audit: &mut Audit, walk: &Walk) -> Result<(), LedgerError> {
    audit.verified.chains += 1;
    let head = sql("SELECT length, hash FROM chain_head WHERE pseudonym = $1")
        .bind(&walk.pseudonym)
        .fetch_optional::<(i64, Vec<u8>)>(db)
        .await?;
    if head.as_ref() != Some(&(walk.length, walk.hash.clone())) {
        audit.gap(format!("the end of chain {}", walk.pseudonym));
    }
    Ok(())
}

/// What one table has and its partner lacks.
async fn orphans(db: &Db, audit: &mut Audit) -> Result<(), LedgerError> {
    let checks = [
        (
            "the events of chain",
            "SELECT h.pseudonym, h.length FROM chain_head h WHERE NOT EXISTS \
             (SELECT 1 FROM event e WHERE e.pseudonym = h.pseudonym) LIMIT 100",
        ),
        (
            "the log's leaf for an event of chain",
            "SELECT e.pseudonym, e.position FROM event e WHERE NOT EXISTS \
             (SELECT 1 FROM leaf l WHERE l.pseudonym = e.pseudonym AND l.position = e.position) AND NOT EXISTS \
             (SELECT 1 FROM pending_event p WHERE p.pseudonym = e.pseudonym AND p.position = e.position) LIMIT 100",
        ),
        (
            "the event of a waiting entry of chain",
            "SELECT p.pseudonym, p.position FROM pending_event p WHERE NOT EXISTS \
             (SELECT 1 FROM event e WHERE e.pseudonym = p.pseudonym AND e.position = p.position) LIMIT 100",
        ),
        (
            "the place in the log of a waiting entry of chain",
            "SELECT p.pseudonym, p.position FROM pending_event p \
             JOIN leaf l ON l.pseudonym = p.pseudonym AND l.position = p.position LIMIT 100",
        ),
    ];
    for (what, text) in checks {
        for (pseudonym, position) in sql(text).fetch_all::<(String, i64)>(db).await? {
            audit.gap(format!("{what} {pseudonym} ({position})"));
        }
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct LeafRow {
    leaf_index: i64,
    leaf_hash: Vec<u8>,
    pseudonym: Option<String>,
    position: Option<i64>,
    at: Option<i64>,
    body: Option<String>,
    previous_hash: Option<Vec<u8>>,
}

impl LeafRow {
    fn event(&self) -> Option<EventRow> {
        Some(EventRow {
            pseudonym: self.pseudonym.clone()?,
            position: self.position?,
            at: self.at?,
            body: self.body.clone()?,
            previous_hash: self.previous_hash.clone()?,
            hash: Vec::new(),
        })
    }
}

type Checkpoint = (i64, Vec<u8>, String);

async fn log(db: &Db, verifier: &Verifier, audit: &mut Audit) -> Result<(), LedgerError> {
    let mut edge = Edge::default();
    let mut next = checkpoint_after(db, 0).await?;
    let mut after = -1;
    let mut nodes: u64 = 0;
    loop {
        let rows = sql("SELECT l.leaf_index, l.leaf_hash, e.pseudonym, e.position, e.at, e.body, e.previous_hash \
             FROM leaf l LEFT JOIN event e ON e.pseudonym = l.pseudonym AND e.position = l.position \
             WHERE l.leaf_index > $1 ORDER BY l.leaf_index LIMIT $2")
            .bind(after)
            .bind(PAGE)
            .fetch_all::<LeafRow>(db)
            .await?;
        let Some(last) = rows.last() else { break };
        after = last.leaf_index;
        for row in rows {
            let size_before = edge.size();
            nodes += leaf(db, audit, &mut edge, &row).await?;
            debug_assert_eq!(edge.size(), size_before + 1);
            if next.as_ref().is_some_and(|(size, ..)| u64::try_from(*size) == Ok(edge.size())) {
                if let Some(found) = next.take() {
                    checkpoint(audit, verifier, &edge, &found);
                    next = checkpoint_after(db, found.0).await?;
                }
            }
        }
    }
    audit.verified.leaves = edge.size();
    end(db, audit, &edge, next, nodes).await
}

/// Checks one leaf and the subtrees that it completes; returns how many those are.
async fn leaf(db: &Db, audit: &mut Audit, edge: &mut Edge, row: &LeafRow) -> Result<u64, LedgerError> {
    let place = format!("leaf {}", row.leaf_index);
    if u64::try_from(row.leaf_index) != Ok(edge.size()) {
        audit.gap(format!("before {place}"));
    }
    let computed = match row.event() {
        Some(event) => leaf_hash(&event.canonical()?),
        None => {
            audit.gap(format!("the event of {place}"));
            [0; 32]
        }
    };
    if computed[..] != row.leaf_hash[..] {
        audit.changed(place);
    }
    // On with what is stored, so that one changed leaf is one finding and not one for each subtree above it.
    let stored: Hash = row.leaf_hash.clone().try_into().unwrap_or(computed);
    let completed = edge.append(stored);
    for node in &completed[1..] {
        let found = sql("SELECT hash FROM merkle_node WHERE level = $1 AND node_index = $2")
            .bind(i64::from(node.level))
            .bind(i64::try_from(node.index).unwrap_or(-1))
            .fetch_optional::<(Vec<u8>,)>(db)
            .await?;
        match found {
            Some((hash,)) if hash[..] == node.hash[..] => {}
            Some(_) => audit.changed(format!("subtree {} of level {}", node.index, node.level)),
            None => audit.gap(format!("subtree {} of level {}", node.index, node.level)),
        }
    }
    Ok(completed.len() as u64 - 1)
}

async fn checkpoint_after(db: &Db, size: i64) -> Result<Option<Checkpoint>, LedgerError> {
    Ok(sql("SELECT tree_size, root_hash, note FROM checkpoint WHERE tree_size > $1 ORDER BY tree_size LIMIT 1")
        .bind(size)
        .fetch_optional::<Checkpoint>(db)
        .await?)
}

fn checkpoint(audit: &mut Audit, verifier: &Verifier, edge: &Edge, found: &Checkpoint) {
    audit.verified.checkpoints += 1;
    let (size, root, note) = found;
    let signed = verifier.open(note);
    let fits = signed.is_some_and(|s| {
        i64::try_from(s.size) == Ok(*size) && s.root[..] == root[..] && s.root == edge.root()
    });
    if !fits {
        let place = format!("the one of size {size} does not fit the rows, or was not signed by this log");
        audit.findings.push(Finding::Checkpoint(place));
    }
}

/// Nothing may stand after the last leaf, and the last leaf must be under a checkpoint.
async fn end(
    db: &Db,
    audit: &mut Audit,
    edge: &Edge,
    next: Option<Checkpoint>,
    nodes: u64,
) -> Result<(), LedgerError> {
    if let Some((size, ..)) = next {
        audit.gap(format!("leaves that the checkpoint of size {size} covers"));
    }
    let (newest,) = sql("SELECT COALESCE(MAX(tree_size), 0) FROM checkpoint").fetch_one::<(i64,)>(db).await?;
    if u64::try_from(newest).is_ok_and(|newest| newest < edge.size()) {
        audit.findings.push(Finding::Checkpoint(format!("none covers leaf {}", edge.size() - 1)));
    }
    let (count,) = sql("SELECT COUNT(*) FROM merkle_node").fetch_one::<(i64,)>(db).await?;
    if u64::try_from(count) != Ok(nodes) {
        audit.gap(format!("subtrees: {count} are stored, {nodes} belong to the log"));
    }
    Ok(())
}
