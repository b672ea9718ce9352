//! Files: every connection is one, and so are databases and what is sent elsewhere.

use rlimit::Resource;

use crate::config::ServerConfig;

/// More connections than this nobody gets without asking: each takes memory, too.
const MOST: u64 = 10_000;
/// What else than connections needs files: databases, the built files, calls to others.
const OTHERS: u64 = 256;
/// Files that are asked of the system, where it grants them.
const WANTED: u64 = 65_536;

/// Connections would use up all files.
#[derive(Debug, thiserror::Error)]
#[error(
    "server.connections is {asked}, but this process may open {files} files only, and needs some for its databases: raise the \
     limit (ulimit -n, LimitNOFILE in systemd), or set server.connections to at most {most}"
)]
pub struct FilesError {
    asked: u64,
    files: u64,
    most: u64,
}

/// Raises the process's limit of files as far as the system lets it, and says what it is.
///
/// # Errors
/// The system does not say.
pub fn raise() -> std::io::Result<u64> {
    rlimit::increase_nofile_limit(WANTED)
}

/// The most files that the process may open once it has asked for more.
fn allowed() -> std::io::Result<u64> {
    let (now, at_most) = Resource::NOFILE.get()?;
    Ok(at_most.min(WANTED).max(now))
}

/// How many connections there may be, for a process that may open so many files.
///
/// # Errors
/// [`FilesError`].
pub fn most(config: &ServerConfig, files: u64) -> Result<usize, FilesError> {
    let most = files - OTHERS.min(files / 2);
    let number = match config.connections {
        Some(asked) if u64::from(asked.get()) > most => {
            return Err(FilesError { asked: asked.get().into(), files, most });
        }
        Some(asked) => asked.get().into(),
        None => most.min(MOST),
    };
    Ok(usize::try_from(number).unwrap_or(usize::MAX))
}

/// Whether there may be as many connections as are configured.
///
/// # Errors
/// [`FilesError`].
pub fn fit(config: &ServerConfig) -> Result<(), FilesError> {
    // Where the system does not say, the start does.
    allowed().map_or(Ok(()), |files| most(config, files).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_to_the_rest() {
        let with = |connections: Option<u32>| ServerConfig {
            connections: connections.map(|n| n.try_into().expect("more than none")),
            ..ServerConfig::default()
        };
        assert_eq!(most(&with(None), 1024).ok(), Some(768));
        assert_eq!(most(&with(None), 256).ok(), Some(128));
        assert_eq!(most(&with(None), 1_000_000).ok(), Some(10_000));
        assert_eq!(most(&with(Some(20_000)), 65_536).ok(), Some(20_000));
        let refused = most(&with(Some(1_000)), 1024).expect_err("too many").to_string();
        assert!(refused.contains("1024") && refused.contains("at most 768"), "{refused}");
    }
}
