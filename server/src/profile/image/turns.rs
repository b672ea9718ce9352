//! Who may have a picture made now. Decoding takes memory and a core: one person has one at a time, and a few are made side by
//! side, so that nobody waits long for anybody else.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};
use uuid::Uuid;

/// Pictures that are made side by side.
const AT_ONCE: usize = 2;
/// People who wait for it; each of them for a moment.
const WAITING: usize = 8;

static MAKING: Semaphore = Semaphore::const_new(AT_ONCE);
static LINE: Semaphore = Semaphore::const_new(AT_ONCE + WAITING);
static PEOPLE: LazyLock<Mutex<HashSet<Uuid>>> = LazyLock::new(Mutex::default);

/// Why nobody is let in now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoTurn {
    /// The person has one being made.
    Own,
    /// Too many people have.
    Others,
}

/// A turn. It ends when it is dropped: with the work, also when nobody waits for that any more.
pub struct Turn {
    _person: Person,
    _line: SemaphorePermit<'static>,
    _making: SemaphorePermit<'static>,
}

struct Person(Uuid);

impl Drop for Person {
    fn drop(&mut self) {
        PEOPLE.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// Waits for a turn.
///
/// # Errors
/// [`NoTurn`].
pub async fn turn(person: Uuid) -> Result<Turn, NoTurn> {
    if !PEOPLE.lock().unwrap_or_else(PoisonError::into_inner).insert(person) {
        return Err(NoTurn::Own);
    }
    let person = Person(person);
    let line = LINE.try_acquire().map_err(|_| NoTurn::Others)?;
    let making = MAKING.acquire().await.map_err(|_| NoTurn::Others)?;
    Ok(Turn { _person: person, _line: line, _making: making })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The only test of the shared line, so that it is nobody else's.
    #[tokio::test]
    async fn a_person_has_one_turn_and_a_crowd_is_told_so() {
        let people: Vec<_> = (0..AT_ONCE + WAITING + 1).map(|_| Uuid::new_v4()).collect();
        let mut turns = Vec::new();
        for person in &people[..AT_ONCE] {
            turns.push(turn(*person).await.expect("nobody else is there"));
        }
        assert_eq!(turn(people[0]).await.err(), Some(NoTurn::Own));
        let waiting: Vec<_> =
            people[AT_ONCE..AT_ONCE + WAITING].iter().map(|person| tokio::spawn(turn(*person))).collect();
        while LINE.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let last = people[AT_ONCE + WAITING];
        assert_eq!(turn(last).await.err(), Some(NoTurn::Others));
        turns.clear();
        for one in waiting {
            drop(one.await.expect("it ends").expect("its turn comes"));
        }
        // Who was refused is not taken for one who is at it.
        assert!(turn(last).await.is_ok());
        assert!(PEOPLE.lock().expect("whole").is_empty());
    }
}
