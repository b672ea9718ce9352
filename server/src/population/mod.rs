//! A realistic population: people, and records of every kind of the data catalogue, the same for the same seed. For trying
//! out, for tests and for benchmarks; the demo's people have their records from here, too.

mod contents;
mod words;

use std::io::Write;

use app::accounts::model::{AgeBand, Password, PhoneNumber};
use app::consents::{Decision, Purpose};
use app::records::model::{Content, Field, Home};
use app::records::rules::is_tag;
use app::time::{DAY, HOUR, Moment};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use serde::Serialize;
use uuid::Uuid;

use crate::accounts::codes::PHONE_INDEX;
use crate::accounts::store::{self, NewPerson};
use crate::centre::Centre;
use crate::consents::store::{By, Made, record};
use crate::records::{NewRecord, Writer};
use crate::seed::{Invalid, PASSWORD};
use crate::storage::sql;
use crate::web::fault::Fault;

/// Which population.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// The number of the first person: another one is another person.
    pub first: u64,
    /// People.
    pub people: u64,
    /// Records, spread evenly over the people and, by what people do most, over the kinds.
    pub records: u64,
    /// Another seed is another population.
    pub seed: u64,
}

/// Records per transaction.
const BATCH: usize = 1_000;
/// Nothing is older than this, however long it may be kept.
const OLDEST: i64 = 730 * DAY;

/// Makes the population's people where they are missing, then writes their records.
///
/// # Errors
/// Storage or vault.
pub async fn settle(centre: &Centre, size: Size, progress: impl Fn(u64)) -> Result<(), Fault> {
    let people = people(centre, size).await?;
    let mut writer = Writer::new(&centre.data, &centre.vault, &centre.catalogue);
    let (now, today) = (centre.now(), today(centre));
    let mut written = 0;
    while written < size.records {
        let end = size.records.min(written + BATCH as u64);
        let batch: Vec<_> = (written..end).map(|n| nth(centre, size, &people, n, today)).collect();
        writer.write(&batch, now).await?;
        written = end;
        progress(written);
    }
    Ok(())
}

/// The beginning of the day, to which all times of a population are set back: on one day, the same seed makes the same records.
fn today(centre: &Centre) -> Moment {
    Moment::end_of(centre.now().beijing_date().yesterday().expect("no first day of all"))
}

/// Writes the population's records as lines for `import`, and none into the database.
///
/// # Errors
/// Storage or vault, or a file that can't be written.
pub async fn write_lines(
    centre: &Centre,
    size: Size,
    mut lines: impl Write,
    progress: impl Fn(u64),
) -> Result<(), Fault> {
    let people = people(centre, size).await?;
    let nobody = vec![Uuid::nil(); usize::try_from(size.people)?];
    let today = today(centre);
    for n in 0..size.records {
        let record = nth(centre, size, &nobody, n, today);
        // By id: most of what a population did came about before it registered here.
        let person = people[usize::try_from(n % size.people)?];
        let details = record.content.details.into_iter().map(|(label, text)| (label, text.into())).collect();
        let line = Line {
            id: &record.host_id,
            person,
            field: &record.field.id,
            at: &record.at.iso(),
            basis: record.basis.id(),
            value: &record.content.value,
            details,
        };
        serde_json::to_writer(&mut lines, &line)?;
        lines.write_all(b"\n")?;
        if n % BATCH as u64 == 0 {
            progress(n);
        }
    }
    lines.flush()?;
    Ok(())
}

#[derive(Serialize)]
struct Line<'r> {
    id: &'r str,
    person: Uuid,
    field: &'r str,
    at: &'r str,
    basis: &'static str,
    value: &'r str,
    details: serde_json::Map<String, serde_json::Value>,
}

/// The n-th record of the population: the same whatever came before it.
fn nth<'c>(centre: &'c Centre, size: Size, people: &[Uuid], n: u64, today: Moment) -> NewRecord<'c> {
    let fields = centre.catalogue.data().fields();
    let mut dice = Dice::of(size.seed, n);
    // Most of what an account holds is what its person looked at.
    let usual = ["browse_log", "click_log", "search_query", "access_time", "ip_address", "order_items", "trade_log"];
    let field = match dice.below(10) {
        0..=6 => fields.iter().find(|f| f.id == *dice.pick(&usual)),
        _ => None,
    };
    let in_records: Vec<&Field> = fields.iter().filter(|f| f.kept_in == Home::Records).collect();
    let field = field.unwrap_or_else(|| *dice.pick(&in_records));
    let at = time(centre, &mut dice, field, today);
    let owner = usize::try_from(n % size.people).unwrap_or_default();
    new_record(people[owner], field, format!("{}-{n}", size.seed), at, contents::content(&mut dice, &field.id))
}

fn new_record(person: Uuid, field: &Field, host_id: String, at: Moment, content: Content) -> NewRecord<'_> {
    let basis = field.usual_basis().unwrap_or(app::records::model::Basis::Contract);
    NewRecord { host_id, person, field, at, source: field.source, basis, content }
}

/// Some time before `latest`, within what the kind may be kept, and not so long ago that it goes within the day.
fn time(centre: &Centre, dice: &mut Dice, field: &Field, latest: Moment) -> Moment {
    let retention = centre.catalogue.data().retention(field);
    let oldest = retention.oldest_possible(latest.plus(DAY));
    let longest = oldest.map_or(OLDEST, |oldest| latest.since(oldest).clamp(0, OLDEST));
    // A little less than its retention, so that what was just made does not go at once.
    let longest = u64::try_from(longest - longest / 8).unwrap_or(1);
    // Recent days are fuller: the product of two even throws lies nearer to none.
    let share = dice.below(1_000) * dice.below(1_000) / 1_000;
    let ago = i64::try_from(longest / 1_000 * share).unwrap_or(HOUR);
    latest.plus(-ago)
}

/// Records of every kind of the catalogue for one person, so many of each that the newest pages are full.
///
/// # Errors
/// Storage or vault.
pub async fn fill(centre: &Centre, person: Uuid, now: Moment) -> Result<(), Fault> {
    let mut records = Vec::new();
    for field in centre.catalogue.data().fields().iter().filter(|f| f.kept_in == Home::Records) {
        let many = contents::usual_count(&field.id);
        for n in 0..many {
            let mut dice = Dice::of(2_026, n).with(&field.id);
            let at = if is_tag(&field.id) { before_all_shown(now, n) } else { time(centre, &mut dice, field, now) };
            let content = contents::content(&mut dice, &field.id);
            records.push(new_record(person, field, format!("demo-{}-{n}", field.id), at, content));
        }
    }
    let mut writer = Writer::new(&centre.data, &centre.vault, &centre.catalogue);
    for batch in records.chunks(BATCH) {
        writer.write(batch, now).await?;
    }
    Ok(())
}

/// A tag is older than whatever was picked by it.
fn before_all_shown(now: Moment, n: u64) -> Moment {
    now.plus(-(95 + 11 * i64::try_from(n).unwrap_or_default()) * DAY)
}

/// The phone number of the n-th person of any population: a range that no carrier has given out.
fn phone(n: u64) -> Result<PhoneNumber, Fault> {
    Ok(format!("1990{:07}", n % 10_000_000).parse().map_err(Invalid)?)
}

/// The people, in order, made where they are missing.
async fn people(centre: &Centre, size: Size) -> Result<Vec<Uuid>, Fault> {
    // One hash for all: it is the same password, and hashing is slow on purpose.
    let password_hash = centre.passwords.hash(&Password::new(PASSWORD).map_err(Invalid)?).await?;
    let mut people = Vec::with_capacity(usize::try_from(size.people)?);
    for n in size.first..size.first + size.people {
        let phone = phone(n)?;
        let index = centre.vault.blind_index(PHONE_INDEX, phone.reveal());
        let present = sql("SELECT id FROM person WHERE phone_index = $1")
            .bind(index)
            .fetch_optional::<(String,)>(&centre.data)
            .await?;
        people.push(match present {
            Some((id,)) => Uuid::parse_str(&id)?,
            None => add(centre, n, phone, &password_hash).await?,
        });
    }
    Ok(people)
}

async fn add(centre: &Centre, n: u64, phone: PhoneNumber, password_hash: &str) -> Result<Uuid, Fault> {
    let mut dice = Dice::of(0, n);
    let username = format!("{}{n}", words::full_name(&mut dice)).parse().map_err(Invalid)?;
    let new = NewPerson { phone, username, password_hash: password_hash.to_owned(), age_band: AgeBand::Adult };
    let person = Uuid::now_v7();
    let mut tx = centre.data.begin().await?;
    store::register(centre, &mut tx, person, &new, centre.now())
        .await?
        .map_err(|_| Invalid("somebody has that name or phone already"))?;
    tx.commit().await?;
    let caller = store::caller_of(centre, person).await?;
    let mut tx = centre.data.begin().await?;
    for purpose in collected_with(centre) {
        let decision = Decision { purpose, granted: true };
        record(&mut tx, centre, &caller, Made::of(decision, "population", By::Person), centre.now()).await?;
    }
    tx.commit().await?;
    Ok(person)
}

/// Every decision that some kind of data rests on.
fn collected_with(centre: &Centre) -> Vec<Purpose> {
    let fields = centre.catalogue.data().fields();
    Purpose::ALL.iter().copied().filter(|p| fields.iter().any(|f| f.consent.contains(p))).collect()
}

/// Throws that are the same for the same seed.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    fn of(seed: u64, n: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(n);
        Self(rng)
    }

    fn with(self, name: &str) -> Self {
        let mixed = name.bytes().fold(17, |mixed: u64, byte| mixed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        Self::of(mixed, self.0.get_stream())
    }

    /// 0 to `end` - 1.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64() % end
    }

    /// One of them.
    pub(crate) fn pick<'t, T>(&mut self, among: &'t [T]) -> &'t T {
        let at = self.below(among.len() as u64);
        &among[usize::try_from(at).unwrap_or_default()]
    }

    /// The one whose turn it is: the next throw of the same kind takes the next.
    pub(crate) fn turn<'t, T>(&self, among: &'t [T]) -> &'t T {
        let at = self.0.get_stream() % among.len() as u64;
        &among[usize::try_from(at).unwrap_or_default()]
    }

    /// So many digits.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + u8::try_from(self.below(10)).unwrap_or_default())).collect()
    }

    /// So many hexadecimal digits.
    pub(crate) fn hex(&mut self, count: usize) -> String {
        (0..count).map(|_| *self.pick(b"0123456789abcdef")).map(char::from).collect()
    }
}
