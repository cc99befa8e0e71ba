//! Addresses that are not of the public Internet.
//!
//! After the registries of special-purpose addresses (RFC 6890 and what followed) and, for IPv6, the other way round: only
//! 2000::/3 is allocated, so that everything else is refused without a list.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Why an address is not public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Special {
    /// 0.0.0.0/8, ::
    Unspecified,
    /// 127.0.0.0/8, ::1
    Loopback,
    /// RFC 1918.
    Private,
    /// 169.254.0.0/16, fe80::/10; there clouds keep their secrets.
    LinkLocal,
    /// 100.64.0.0/10, behind a provider's translation.
    Shared,
    /// 192.0.0.0/24, 2001::/23: protocols' own, Teredo and ORCHID among them.
    Protocol,
    /// 192.0.2.0/24 and its like, 2001:db8::/32, 3fff::/20
    Documentation,
    /// 198.18.0.0/15, 2001:2::/48
    Benchmarking,
    /// 224.0.0.0/4, ff00::/8
    Multicast,
    /// 240.0.0.0/4, and what no registry has allocated.
    Reserved,
    /// 255.255.255.255
    Broadcast,
    /// Addresses at which a provider or the name system serves its own network only.
    Infrastructure,
    /// fc00::/7
    UniqueLocal,
    /// fec0::/10
    SiteLocal,
    /// 100::/64
    Discard,
    /// 5f00::/16
    SegmentRouting,
    /// ::ffff:0:0/96 and ::ffff:0:0:0/96
    Mapped,
    /// ::/96
    Compatible,
    /// 64:ff9b::/96, 64:ff9b:1::/48
    Nat64,
    /// 2002::/16, 192.88.99.0/24
    SixToFour,
    /// 2001::/32
    Teredo,
    /// 2001:10::/28, 2001:20::/28
    Orchid,
}

impl Special {
    /// What is special about this address; `None` where it is a public one.
    #[must_use]
    pub fn of(ip: IpAddr) -> Option<Self> {
        match ip {
            IpAddr::V4(ip) => of_v4(ip),
            IpAddr::V6(ip) => of_v6(ip),
        }
    }

    /// True for the kinds that an operator's own pools have.
    #[must_use]
    pub const fn is_own_network(self) -> bool {
        matches!(
            self,
            Self::Loopback | Self::Private | Self::Shared | Self::UniqueLocal
        )
    }

    /// Its stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::LinkLocal => "link_local",
            Self::Shared => "shared",
            Self::Protocol => "protocol",
            Self::Documentation => "documentation",
            Self::Benchmarking => "benchmarking",
            Self::Multicast => "multicast",
            Self::Reserved => "reserved",
            Self::Broadcast => "broadcast",
            Self::Infrastructure => "infrastructure",
            Self::UniqueLocal => "unique_local",
            Self::SiteLocal => "site_local",
            Self::Discard => "discard",
            Self::SegmentRouting => "segment_routing",
            Self::Mapped => "mapped",
            Self::Compatible => "compatible",
            Self::Nat64 => "nat64",
            Self::SixToFour => "six_to_four",
            Self::Teredo => "teredo",
            Self::Orchid => "orchid",
        }
    }
}

fn of_v4(ip: Ipv4Addr) -> Option<Special> {
    Some(match ip.octets() {
        [0, ..] => Special::Unspecified,
        [10, ..] | [192, 168, ..] | [172, 16..=31, ..] => Special::Private,
        [127, ..] => Special::Loopback,
        [169, 254, ..] => Special::LinkLocal,
        [100, 64..=127, ..] => Special::Shared,
        [192, 0, 0, _] => Special::Protocol,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Special::Documentation,
        [198, 18..=19, ..] => Special::Benchmarking,
        [192, 88, 99, _] => Special::SixToFour,
        // AS112 (RFC 7534, 7535), AMT (RFC 7450), and a cloud's address of the host under its machines.
        [192, 31, 196, _] | [192, 52, 193, _] | [192, 175, 48, _] | [168, 63, 129, 16] => {
            Special::Infrastructure
        }
        [224..=239, ..] => Special::Multicast,
        [255, 255, 255, 255] => Special::Broadcast,
        [240..=255, ..] => Special::Reserved,
        _ => return None,
    })
}

fn of_v6(ip: Ipv6Addr) -> Option<Special> {
    Some(match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Special::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => Special::Loopback,
        [0, 0, 0, 0, 0, 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => Special::Mapped,
        [0, 0, 0, 0, 0, 0, ..] => Special::Compatible,
        [0x64, 0xff9b, 0, 0, 0, 0, ..] | [0x64, 0xff9b, 1, ..] => Special::Nat64,
        [0x100, 0, 0, 0 | 1, ..] => Special::Discard,
        [0x2001, 0, ..] => Special::Teredo,
        [0x2001, 2, 0, ..] => Special::Benchmarking,
        [0x2001, 0x10..=0x2f, ..] => Special::Orchid,
        [0x2001, 0x3..=0x1ff, ..] | [0x2001, 1 | 2, ..] => Special::Protocol,
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Special::Documentation,
        [0x2002, ..] => Special::SixToFour,
        [0x2620, 0x4f, 0x8000, ..] => Special::Infrastructure,
        // The 6bone's, given back.
        [0x3ffe, ..] => Special::Reserved,
        [0x2000..=0x3fff, ..] => return None,
        [0x5f00, ..] => Special::SegmentRouting,
        [0xfc00..=0xfdff, ..] => Special::UniqueLocal,
        [0xfe80..=0xfebf, ..] => Special::LinkLocal,
        [0xfec0..=0xfeff, ..] => Special::SiteLocal,
        [0xff00..=0xffff, ..] => Special::Multicast,
        _ => Special::Reserved,
    })
}

impl fmt::Display for Special {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "it is unspecified",
            Self::Loopback => "it is the server's own machine",
            Self::Private | Self::UniqueLocal | Self::SiteLocal => "it is of a private network",
            Self::LinkLocal => "it is of the local link",
            Self::Shared => "it is of a provider's inner network",
            Self::Protocol | Self::Orchid => "it belongs to a protocol",
            Self::Documentation => "it is for documentation",
            Self::Benchmarking => "it is for benchmarks",
            Self::Multicast => "it is a group's",
            Self::Reserved => "it is reserved",
            Self::Broadcast => "it is everybody's",
            Self::Infrastructure => "it belongs to a network's infrastructure",
            Self::Discard => "it discards what is sent there",
            Self::SegmentRouting => "it is of segment routing",
            Self::Mapped | Self::Compatible => "it holds an IPv4 address; write that",
            Self::Nat64 | Self::SixToFour | Self::Teredo => {
                "it leads through a translation to IPv4"
            }
        })
    }
}
