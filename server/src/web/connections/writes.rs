//! A caller who asks and does not read the answer, or reads it byte by byte, holds a connection, and what its answer holds. They
//! have some time, and get more with every byte that they take.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::line::Line;

/// Time of which nothing is read; a router's or phone's buffers may take a while to empty.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes by which a second is won back.
const SLOW: usize = 8 * 1024;

/// A stream that fails once its other end reads too slowly, and tells the line when it sends.
pub struct Patient<S> {
    stream: S,
    line: Line,
    left: Duration,
    stuck_since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    pub fn new(stream: S, line: Line) -> Self {
        Self { stream, line, left: PATIENCE, stuck_since: None, timer: None }
    }

    /// What came of a write.
    fn judge(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let Poll::Ready(written) = written else {
            let until = *self.stuck_since.get_or_insert_with(Instant::now) + self.left;
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
            if timer.deadline() != until {
                timer.as_mut().reset(until);
            }
            return timer.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()));
        };
        if let Some(since) = self.stuck_since.take() {
            self.left = self.left.saturating_sub(since.elapsed());
        }
        if let Ok(bytes) = written {
            let won = Duration::from_millis((bytes * 1000 / SLOW) as u64);
            self.left = PATIENCE.min(self.left + won);
        }
        Poll::Ready(written)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.line.hears();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.judge(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.judge(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_reads_nothing_is_given_up() {
        let (ours, _theirs) = duplex(1024);
        let written = Patient::new(ours, Line::new()).write_all(&[0; 4096]).await;
        assert_eq!(written.expect_err("it is given up").kind(), io::ErrorKind::TimedOut);
    }

    /// What is under way to somebody.
    const BUFFER: usize = 64 * 1024;

    /// How much of a megabyte is taken by somebody who reads so much each second.
    async fn taken_at(bytes_a_second: usize) -> usize {
        let (ours, mut theirs) = duplex(BUFFER);
        let mut ours = Patient::new(ours, Line::new());
        tokio::spawn(async move { ours.write_all(&[0; 1024 * 1024]).await });
        let (mut taken, mut buffer) = (0, vec![0; bytes_a_second]);
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            match theirs.read(&mut buffer).await {
                Ok(bytes) if bytes > 0 => taken += bytes,
                _ => return taken,
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_slowly_gets_all_and_who_reads_byte_by_byte_does_not() {
        assert!(taken_at(10).await < 2 * BUFFER);
        assert_eq!(taken_at(16 * 1024).await, 1024 * 1024);
    }
}
