//! Behind a proxy: how many requests of one caller may be under way at once, by the address that the proxy tells.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::response::Response;

use super::line::Guarded;
use crate::accounts::limits::network;
use crate::config::ServerConfig;

/// All that are under way. Cheap to clone.
#[derive(Clone)]
pub struct InFlight {
    /// None: connections are counted in their place.
    most: Option<usize>,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One that is under way. Dropped, it is no more.
pub struct Request {
    all: InFlight,
    address: Option<IpAddr>,
}

impl InFlight {
    /// As configured.
    #[must_use]
    pub fn new(config: &ServerConfig) -> Self {
        let most = usize::try_from(config.connections_per_address.get()).unwrap_or(usize::MAX);
        Self { most: config.address_header.is_some().then_some(most), counts: Arc::default() }
    }

    /// Counts one; none if that address has too many.
    #[must_use]
    pub fn begin(&self, address: IpAddr) -> Option<Request> {
        let Some(most) = self.most else { return Some(Request { all: self.clone(), address: None }) };
        let address = network(address);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Request { all: self.clone(), address: Some(address) })
    }
}

impl Request {
    /// Until the last of the answer is handed over.
    #[must_use]
    pub fn until_sent(self, answer: Response) -> Response {
        if self.address.is_none() {
            return answer;
        }
        answer.map(|body| Body::new(Guarded { body, _until: self }))
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut counts = self.all.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&address);
            }
        }
    }
}
