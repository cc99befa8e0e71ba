//! A pool's address, read strictly: every form that two readers could understand differently is refused.

#[cfg(test)]
mod tests;

use super::Special;
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// `stratum+tcp://`, 253 characters of a name, a colon and a port, with a little room.
const TEXT_MAX: usize = 280;
/// RFC 1035.
const NAME_MAX: usize = 253;
const LABEL_MAX: usize = 63;

/// Where a pool listens, as a buyer wrote it: a name or an IP address, and a port. Whether policy allows to connect there
/// is another question.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PoolAddress {
    host: Host,
    port: u16,
    tls: bool,
}

/// A name or an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A DNS name in lower case: labels of letters, digits and hyphens, no dot at the end.
    Name(String),
    /// An address in its one canonical form.
    Ip(IpAddr),
}

/// Why a pool's address is of no use: what is wrong with the text, with what policy says of it, or with the name's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// There is nothing.
    Empty,
    /// More than any address has.
    TooLong,
    /// A character outside ASCII: names that look alike must not be.
    NotAscii,
    /// A blank or a control character.
    Blank,
    /// Another scheme than `stratum+tcp`, `stratum+tls` or `stratum+ssl`.
    Scheme,
    /// A login before the host.
    UserInfo,
    /// Something after the port.
    Path,
    /// A `%`.
    Percent,
    /// No host before the port.
    NoHost,
    /// Several colons without brackets.
    BareIpv6,
    /// Brackets around something else than an IPv6 address, or at a wrong place.
    Ipv6,
    /// An IPv6 address with a zone.
    Zone,
    /// A number that is no dotted quad of decimal numbers without zeros in front.
    NumericHost,
    /// A dot at the name's end.
    TrailingDot,
    /// A part of the name that is not 1 to 63 letters, digits and inner hyphens.
    Label,
    /// No port.
    NoPort,
    /// No number from 1 to 65535, or zeros in front.
    Port,
    /// Not one of the ports at which pools may be.
    PortRefused,
    /// Pools are not reached over TLS yet.
    Tls,
    /// A name that no public name server knows.
    LocalName,
    /// An address that is not a public one.
    NotPublic(Special),
    /// This server itself.
    Own,
    /// There is no such name, or it has no address.
    NoSuchName,
    /// The name server did not answer in time, or not well.
    NameServer,
    /// The name has more addresses than are looked at.
    TooManyAnswers,
}

impl PoolAddress {
    /// Reads `host:port`, with `stratum+tcp://`, `stratum+tls://` or `stratum+ssl://` before it or without; an IPv6
    /// address in brackets.
    ///
    /// # Errors
    /// What is wrong, host before port.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        if text.len() > TEXT_MAX {
            return Err(AddressError::TooLong);
        }
        if !text.is_ascii() {
            return Err(AddressError::NotAscii);
        }
        if text.bytes().any(|b| b <= b' ' || b == 0x7f) {
            return Err(AddressError::Blank);
        }
        let (tls, rest) = scheme(text)?;
        foreign(rest)?;
        let (host, port) = if rest.starts_with('[') {
            bracketed(rest)?
        } else {
            plain(rest)?
        };
        let port = port.ok_or(AddressError::NoPort)?;
        Ok(Self {
            host,
            port: self::port(port)?,
            tls,
        })
    }

    /// Name or address.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// TCP port, not 0.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// True where TLS was asked for.
    #[must_use]
    pub const fn tls(&self) -> bool {
        self.tls
    }
}

fn scheme(text: &str) -> Result<(bool, &str), AddressError> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Ok((false, text));
    };
    let is = |name: &str| scheme.eq_ignore_ascii_case(name);
    if is("stratum+tcp") {
        Ok((false, rest))
    } else if is("stratum+tls") || is("stratum+ssl") {
        Ok((true, rest))
    } else {
        Err(AddressError::Scheme)
    }
}

/// What other kinds of addresses have.
fn foreign(rest: &str) -> Result<(), AddressError> {
    let has = |these: &[char]| rest.contains(these);
    match rest {
        "" => Err(AddressError::NoHost),
        _ if has(&['@']) => Err(AddressError::UserInfo),
        _ if has(&['/', '\\', '?', '#']) => Err(AddressError::Path),
        _ if has(&['%']) && rest.starts_with('[') => Err(AddressError::Zone),
        _ if has(&['%']) => Err(AddressError::Percent),
        _ => Ok(()),
    }
}

fn bracketed(rest: &str) -> Result<(Host, Option<&str>), AddressError> {
    let inside = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (inside, after) = inside.ok_or(AddressError::Ipv6)?;
    let ip = Ipv6Addr::from_str(inside).map_err(|_| AddressError::Ipv6)?;
    let host = Host::Ip(IpAddr::V6(ip));
    match after.strip_prefix(':') {
        Some(port) => Ok((host, Some(port))),
        None if after.is_empty() => Ok((host, None)),
        None => Err(AddressError::Ipv6),
    }
}

fn plain(rest: &str) -> Result<(Host, Option<&str>), AddressError> {
    if rest.contains(['[', ']']) {
        return Err(AddressError::Ipv6);
    }
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (rest, None),
    };
    if host.contains(':') {
        return Err(AddressError::BareIpv6);
    }
    Ok((name_or_ipv4(host)?, port))
}

fn name_or_ipv4(host: &str) -> Result<Host, AddressError> {
    if host.is_empty() {
        return Err(AddressError::NoHost);
    }
    if host.len() > NAME_MAX {
        return Err(AddressError::TooLong);
    }
    if host.ends_with('.') {
        return Err(AddressError::TrailingDot);
    }
    let last = host.rsplit('.').next().unwrap_or_default();
    if is_number(last) {
        // Rust reads four decimal numbers without zeros in front, and nothing else.
        let ip = Ipv4Addr::from_str(host).map_err(|_| AddressError::NumericHost)?;
        return Ok(Host::Ip(IpAddr::V4(ip)));
    }
    if !host.split('.').all(is_label) {
        return Err(AddressError::Label);
    }
    Ok(Host::Name(host.to_ascii_lowercase()))
}

/// A host whose last part is a number is an IPv4 address to somebody: the rule of the URL standard.
fn is_number(label: &str) -> bool {
    let decimal = !label.is_empty() && label.bytes().all(|b| b.is_ascii_digit());
    let hex = label.strip_prefix("0x").or(label.strip_prefix("0X"));
    decimal || hex.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_label(label: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    (1..=LABEL_MAX).contains(&label.len())
        && label.bytes().all(allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn port(text: &str) -> Result<u16, AddressError> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    if !digits || text.starts_with('0') {
        return Err(AddressError::Port);
    }
    text.parse().map_err(|_| AddressError::Port)
}

impl fmt::Display for PoolAddress {
    /// As it is read again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls {
            "stratum+tls"
        } else {
            "stratum+tcp"
        };
        match &self.host {
            Host::Ip(IpAddr::V6(ip)) => write!(f, "{scheme}://[{ip}]:{}", self.port),
            Host::Ip(ip) => write!(f, "{scheme}://{ip}:{}", self.port),
            Host::Name(name) => write!(f, "{scheme}://{name}:{}", self.port),
        }
    }
}

impl AddressError {
    /// The reason's stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::NotAscii => "not_ascii",
            Self::Blank => "blank",
            Self::Scheme => "scheme",
            Self::UserInfo => "user_info",
            Self::Path => "path",
            Self::Percent => "percent",
            Self::NoHost => "no_host",
            Self::BareIpv6 => "bare_ipv6",
            Self::Ipv6 => "ipv6",
            Self::Zone => "zone",
            Self::NumericHost => "numeric_host",
            Self::TrailingDot => "trailing_dot",
            Self::Label => "label",
            Self::NoPort => "no_port",
            Self::Port => "port",
            Self::PortRefused => "port_refused",
            Self::Tls => "tls",
            Self::LocalName => "local_name",
            Self::NotPublic(special) => special.as_str(),
            Self::Own => "own",
            Self::NoSuchName => "no_such_name",
            Self::NameServer => "name_server",
            Self::TooManyAnswers => "too_many_answers",
        }
    }

    /// True where the text itself is no address, whatever policy says.
    #[must_use]
    pub const fn is_malformed(self) -> bool {
        !matches!(
            self,
            Self::PortRefused
                | Self::Tls
                | Self::LocalName
                | Self::NotPublic(_)
                | Self::Own
                | Self::NoSuchName
                | Self::NameServer
                | Self::TooManyAnswers
        )
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::Empty => "the pool's address is missing",
            Self::TooLong => "the pool's address is too long",
            Self::NotAscii => "the pool's address has a character that is not ASCII",
            Self::Blank => "the pool's address has a blank or a control character",
            Self::Scheme => "the pool's address must begin with stratum+tcp:// or have no scheme",
            Self::UserInfo => "the pool's address must not hold a login: no @",
            Self::Path => "the pool's address ends with the port: no path",
            Self::Percent => "the pool's address must not hold a %",
            Self::NoHost => "the pool's address has no host",
            Self::BareIpv6 => "an IPv6 address stands in brackets: [ADDRESS]:PORT",
            Self::Ipv6 => "what stands in brackets is no IPv6 address",
            Self::Zone => "an IPv6 address with a zone is of this machine's links only",
            Self::NumericHost => "an IPv4 address is four decimal numbers from 0 to 255",
            Self::TrailingDot => "the pool's name must not end with a dot",
            Self::Label => "the pool's name must be labels of letters, digits and hyphens",
            Self::NoPort => "the pool's address needs a port: HOST:PORT",
            Self::Port => "the pool's port must be a number from 1 to 65535",
            Self::PortRefused => "the pool's port is not one at which pools may be",
            Self::Tls => "pools are not reached over TLS yet: use the pool's plain port",
            Self::LocalName => "the pool's name is one of a private network",
            Self::NotPublic(special) => {
                return write!(f, "the pool's address is not public: {special}");
            }
            Self::Own => "the pool's address is this server's own",
            Self::NoSuchName => "the pool's name has no address",
            Self::NameServer => "the pool's name could not be resolved just now",
            Self::TooManyAnswers => "the pool's name has too many addresses",
        };
        f.write_str(words)
    }
}

impl std::error::Error for AddressError {}
