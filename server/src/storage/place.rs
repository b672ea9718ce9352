//! Where a database is, for a log.

use sqlx::postgres::PgConnectOptions;

/// Without the password that an address of PostgreSQL may hold, before the host or after the question mark.
#[must_use]
pub fn place(address: &str) -> String {
    if !address.starts_with("postgres") {
        return address.to_owned();
    }
    let known = address.parse::<PgConnectOptions>().ok();
    known.map_or_else(
        || "PostgreSQL".to_owned(),
        |known| {
            format!("postgres://{}:{}/{}", known.get_host(), known.get_port(), known.get_database().unwrap_or_default())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_database_is_tells_no_password() {
        for address in [
            "postgres://centre:p@ss%2F@db.internal:5433/data",
            "postgres://db.internal:5433/data?user=centre&password=secret",
        ] {
            assert_eq!(place(address), "postgres://db.internal:5433/data", "{address}");
        }
        assert_eq!(place("sqlite:/srv/a@b/centre.db"), "sqlite:/srv/a@b/centre.db");
    }
}
