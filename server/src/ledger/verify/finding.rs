//! What can be wrong with the ledger, in plain English.

use std::fmt;

/// One thing that does not fit: which table, which place, and what about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// An event stands where another was due: some are missing before it, or it was moved.
    EventMisplaced {
        /// Whose chain.
        pseudonym: String,
        /// The position that was due.
        due: i64,
        /// The position found.
        found: i64,
    },
    /// An event's columns do not have the hash that is stored with them.
    EventChanged {
        /// Whose chain.
        pseudonym: String,
        /// Where in it.
        position: i64,
    },
    /// An event does not hold the hash of the one before it.
    LinkBroken {
        /// Whose chain.
        pseudonym: String,
        /// Where in it.
        position: i64,
    },
    /// A chain's recorded end is missing, or tells another length or hash than the last event.
    EndDiffers {
        /// Whose chain.
        pseudonym: String,
        /// How many events there are.
        events: i64,
        /// How many there should be.
        recorded: Option<i64>,
    },
    /// An event is neither in the log nor waiting for it.
    NotInLog {
        /// Whose chain.
        pseudonym: String,
        /// Where in it.
        position: i64,
    },
    /// An event is in the log and waits for it all the same.
    InLogAndWaiting {
        /// Whose chain.
        pseudonym: String,
        /// Where in it.
        position: i64,
    },
    /// A waiting entry's leaf hash is not that of its event, or the event is gone.
    WaitingDiffers {
        /// Whose chain.
        pseudonym: String,
        /// Where in it.
        position: i64,
    },
    /// A leaf stands where another was due. What follows can't be checked.
    LeafMisplaced {
        /// The index that was due.
        due: u64,
        /// The index found.
        found: i64,
    },
    /// A leaf's hash is not that of its event, or the event is gone.
    LeafDiffers {
        /// Which leaf.
        index: i64,
    },
    /// A tile is missing, or holds other hashes than its leaves give.
    TileDiffers {
        /// Its level.
        level: u32,
        /// Its place on the level.
        index: u64,
    },
    /// Tiles that belong to no leaf.
    TilesTooMany {
        /// How many.
        count: u64,
    },
    /// A checkpoint's root is not that of the leaves.
    RootDiffers {
        /// The checkpoint's size.
        size: i64,
    },
    /// A checkpoint's note states something else, or the log's key did not sign it.
    NoteDiffers {
        /// The checkpoint's size.
        size: i64,
    },
    /// A checkpoint speaks of leaves that are not there.
    CheckpointTooLarge {
        /// The checkpoint's size.
        size: i64,
        /// How many leaves there are.
        leaves: u64,
    },
    /// The last leaves are under no checkpoint.
    NotSigned {
        /// The first of them.
        from: u64,
        /// How many leaves there are.
        leaves: u64,
    },
    /// There is more; it was not looked for.
    More,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EventMisplaced { pseudonym, due, found } => {
                write!(f, "event: in chain {pseudonym} position {found} stands where {due} was due")
            }
            Self::EventChanged { pseudonym, position } => {
                write!(f, "event: {position} of chain {pseudonym} was changed, its hash does not fit")
            }
            Self::LinkBroken { pseudonym, position } => {
                write!(f, "event: {position} of chain {pseudonym} does not hold the hash of the one before")
            }
            Self::EndDiffers { pseudonym, events, recorded: None } => {
                write!(f, "chain_head: chain {pseudonym} has {events} events and no row")
            }
            Self::EndDiffers { pseudonym, events, recorded: Some(recorded) } => {
                write!(
                    f,
                    "chain_head: chain {pseudonym} has {events} events, {recorded} or another last one are recorded"
                )
            }
            Self::NotInLog { pseudonym, position } => {
                write!(f, "leaf: event {position} of chain {pseudonym} is neither in the log nor waiting")
            }
            Self::InLogAndWaiting { pseudonym, position } => {
                write!(f, "pending_event: event {position} of chain {pseudonym} is in the log already")
            }
            Self::WaitingDiffers { pseudonym, position } => {
                write!(
                    f,
                    "pending_event: {position} of chain {pseudonym} does not have its event's hash, or has no event"
                )
            }
            Self::LeafMisplaced { due, found } => {
                write!(f, "leaf: {found} stands where {due} was due; what follows could not be checked")
            }
            Self::LeafDiffers { index } => {
                write!(f, "leaf: {index} does not have its event's hash, or has no event")
            }
            Self::TileDiffers { level, index } => {
                write!(f, "tile: {index} of level {level} is missing or does not fit the leaves")
            }
            Self::TilesTooMany { count } => write!(f, "tile: {count} rows belong to no leaf"),
            Self::RootDiffers { size } => {
                write!(f, "checkpoint: the root at size {size} is not that of the leaves")
            }
            Self::NoteDiffers { size } => {
                write!(f, "checkpoint: the note at size {size} says something else, or this log's key did not sign it")
            }
            Self::CheckpointTooLarge { size, leaves } => {
                write!(f, "checkpoint: there is one of size {size}, but the log has {leaves} leaves")
            }
            Self::NotSigned { from, leaves } => {
                write!(f, "checkpoint: none covers the leaves from {from} up to the end of the log at {leaves}")
            }
            Self::More => f.write_str("there is more: the search was given up here"),
        }
    }
}
