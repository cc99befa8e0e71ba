//! `client.reconnect`: where a pool would like us to be.

use crate::codec::{Request, printable};

/// The longest host name that DNS knows.
const HOST_LIMIT: usize = 253;

/// What a pool asked for. Follow it to the **same host** alone: whoever holds the connection could otherwise take the
/// hashrate away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconnect {
    /// Where to; `None` is the same host. At most 253 printable characters of a stranger's.
    pub host: Option<String>,
    /// `None` is the same port.
    pub port: Option<u16>,
    /// After how many seconds.
    pub wait_s: u32,
    /// Something about it could not be read.
    pub odd: bool,
}

impl Reconnect {
    /// Params are `[]`, `[host, port]` or `[host, port, seconds]`; numbers may be strings.
    pub(super) fn read(request: &Request<'_>) -> Self {
        let raw = |index| request.raw_param(index).filter(|json| *json != "null");
        let number = |index| {
            let json = raw(index)?;
            let inside = json
                .strip_prefix('"')
                .and_then(|json| json.strip_suffix('"'));
            Some(inside.unwrap_or(json).parse::<u32>().ok())
        };
        let host = raw(0).map(|_| request.param::<String>(0));
        let port = number(1).map(|port| port.and_then(|port| u16::try_from(port).ok()));
        let wait = number(2);
        Self {
            odd: host == Some(None) || port == Some(None) || wait == Some(None),
            host: host
                .flatten()
                .map(|host| printable(&host, HOST_LIMIT))
                .filter(|host| !host.is_empty()),
            port: port.flatten().filter(|port| *port != 0),
            wait_s: wait.flatten().unwrap_or(0),
        }
    }

    /// True where it stays at `host`. Names are compared without case and final dot, and never resolved.
    #[must_use]
    pub fn stays_at(&self, host: &str) -> bool {
        let plain = |name: &str| name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        !self.odd
            && self
                .host
                .as_deref()
                .is_none_or(|asked| plain(asked) == plain(host))
    }
}
