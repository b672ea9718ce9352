//! Who is let in: so many connections from one address, so many in all. Who has waited longest makes room, or who sends a body
//! slowly.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::line::{Line, Phase};
use crate::accounts::limits::network;

/// A form is here sooner. What takes longer (a file over a slow network, or bytes that trickle) has its place only while there is
/// room.
const BODY: Duration = Duration::from_secs(3);

/// All connections that are open.
pub struct Room {
    most: usize,
    most_per_address: Option<usize>,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    next: u64,
    /// By number.
    lines: HashMap<u64, (IpAddr, Line)>,
    /// How many of them, by address.
    counts: HashMap<IpAddr, usize>,
}

/// A connection's place. Dropped, it is free.
pub struct Seat {
    room: Arc<Room>,
    number: u64,
    line: Line,
}

impl Seat {
    pub fn line(&self) -> &Line {
        &self.line
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.room.taken().leave(self.number);
    }
}

impl Room {
    pub fn new(most: usize, most_per_address: Option<usize>) -> Self {
        Self { most, most_per_address, taken: Mutex::default() }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a connection from that address; none if all that could make room for it are at work.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        let address = network(address);
        let mut taken = self.taken();
        let from_there = taken.counts.get(&address).copied().unwrap_or_default();
        if self.most_per_address.is_some_and(|most| from_there >= most) {
            taken.make_room(|from| from == address)?;
        }
        if taken.lines.len() >= self.most {
            taken.make_room(|_| true)?;
        }
        let (number, line) = (taken.next, Line::new());
        taken.next += 1;
        taken.lines.insert(number, (address, line.clone()));
        *taken.counts.entry(address).or_default() += 1;
        Some(Seat { room: self.clone(), number, line })
    }
}

impl Taken {
    /// Closes the one that has waited longest, or whose body has been waited for longest; none if all are at work.
    fn make_room(&mut self, of: impl Fn(IpAddr) -> bool) -> Option<()> {
        loop {
            let those = || self.lines.iter().filter(|(_, (address, _))| of(*address));
            let longest = |since: fn(Phase) -> Option<Instant>| {
                let phases = those().map(|(number, (_, line))| (line.phase(), *number));
                phases
                    .filter_map(|(phase, number)| Some((since(phase)?, number, phase)))
                    .min_by_key(|(since, ..)| *since)
            };
            let slow = || longest(Phase::reads_since).filter(|(since, ..)| since.elapsed() > BODY);
            let (_, number, phase) = longest(Phase::waits_since).or_else(slow)?;
            // One that has just begun to work stays, and another one goes.
            if self.lines.get(&number).is_some_and(|(_, line)| line.close(phase)) {
                self.leave(number);
                return Some(());
            }
        }
    }

    fn leave(&mut self, number: u64) {
        let Some((address, _)) = self.lines.remove(&number) else { return };
        if let Some(count) = self.counts.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "203.0.113.1";
    const OTHER: &str = "203.0.113.2";

    fn enter(room: &Arc<Room>, address: &str) -> Option<Seat> {
        room.enter(address.parse().expect("an address"))
    }

    fn is_closed(seat: &Seat) -> bool {
        *seat.line().watch().borrow() == Phase::Closed
    }

    #[test]
    fn who_has_waited_longest_of_an_address_makes_room_for_its_next() {
        let room = Arc::new(Room::new(10, Some(2)));
        let other = enter(&room, OTHER).expect("room");
        let first = enter(&room, ONE).expect("room");
        let second = enter(&room, ONE).expect("room");
        let third = enter(&room, ONE).expect("room is made");
        assert!(is_closed(&first) && !is_closed(&second) && !is_closed(&third) && !is_closed(&other));
    }

    #[test]
    fn none_that_works_is_closed_and_then_nobody_is_let_in() {
        let room = Arc::new(Room::new(3, Some(2)));
        let seats: Vec<_> = (0..2).map(|_| enter(&room, ONE).expect("room")).collect();
        let under_way: Vec<_> = seats.iter().map(|seat| seat.line().begin()).collect();
        assert!(enter(&room, ONE).is_none());
        let other = enter(&room, OTHER).expect("another address has room");
        let third = enter(&room, "203.0.113.3").expect("room is made");
        assert!(is_closed(&other) && !is_closed(&third));
        drop(under_way);
        assert!(enter(&room, ONE).is_some(), "an answered one waits again");
        assert!(is_closed(&seats[0]) && !is_closed(&seats[1]));
    }

    #[tokio::test(start_paused = true)]
    async fn who_sends_a_body_slowly_has_a_place_while_there_is_room() {
        let room = Arc::new(Room::new(2, None));
        let [trickles, works] = [ONE, OTHER].map(|address| enter(&room, address).expect("room"));
        let under_way = [trickles.line().begin(), works.line().begin()];
        trickles.line().turn(Phase::Reading { since: Instant::now() });
        tokio::time::advance(BODY).await;
        assert!(enter(&room, "203.0.113.3").is_none(), "a form may take that long");
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(enter(&room, "203.0.113.3").is_some());
        assert!(is_closed(&trickles) && !is_closed(&works));
        drop(under_way);
    }

    #[test]
    fn a_place_is_free_again_once_its_connection_is_gone() {
        let room = Arc::new(Room::new(1, None));
        for _ in 0..3 {
            let seat = enter(&room, "2001:db8::1").expect("room");
            let under_way = seat.line().begin();
            assert!(enter(&room, OTHER).is_none());
            drop((under_way, seat));
        }
        assert!(room.taken().lines.is_empty() && room.taken().counts.is_empty());
    }

    #[test]
    fn behind_a_proxy_only_the_whole_counts() {
        let room = Arc::new(Room::new(3, None));
        let seats: Vec<_> = (0..3).map(|_| enter(&room, ONE).expect("room")).collect();
        assert!(seats.iter().all(|seat| !is_closed(seat)));
    }
}
