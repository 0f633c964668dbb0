//! Address ranges that are no place for a public feed, with the name people know them by.
//!
//! After the IANA special-purpose address registries (RFC 6890 and its updates). The list is explicit because the
//! standard library's notion of "global" is not stable yet. Ranges stand in order of narrowness: the first that
//! contains the address names it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4: network, prefix length, name.
const V4: &[([u8; 4], u8, &str)] = &[
    ([0, 0, 0, 0], 8, "this network"),
    ([10, 0, 0, 0], 8, "a private network"),
    ([100, 64, 0, 0], 10, "a carrier's shared network"),
    ([127, 0, 0, 0], 8, "this machine (loopback)"),
    ([169, 254, 0, 0], 16, "link-local (cloud metadata lives there)"),
    ([172, 16, 0, 0], 12, "a private network"),
    ([192, 0, 0, 0], 24, "protocol assignments"),
    ([192, 0, 2, 0], 24, "documentation"),
    ([192, 31, 196, 0], 24, "AS112 service"),
    ([192, 52, 193, 0], 24, "AMT service"),
    ([192, 88, 99, 0], 24, "6to4 relays"),
    ([192, 168, 0, 0], 16, "a private network"),
    ([192, 175, 48, 0], 24, "AS112 service"),
    ([198, 18, 0, 0], 15, "benchmarking"),
    ([198, 51, 100, 0], 24, "documentation"),
    ([203, 0, 113, 0], 24, "documentation"),
    ([224, 0, 0, 0], 4, "multicast"),
    ([240, 0, 0, 0], 4, "reserved"),
];

/// IPv6: network as its first four groups, prefix length, name. All fit in 64 bits but the few that
/// [`name_v6`] knows by themselves.
const V6: &[([u16; 4], u8, &str)] = &[
    ([0x64, 0xff9b, 0, 0], 32, "translated IPv4 (NAT64)"),
    ([0x100, 0, 0, 0], 64, "discard only"),
    ([0x2001, 0, 0, 0], 23, "protocol assignments (Teredo, ORCHID)"),
    ([0x2001, 0xdb8, 0, 0], 32, "documentation"),
    ([0x2002, 0, 0, 0], 16, "6to4"),
    ([0x2620, 0x4f, 0x8000, 0], 48, "AS112 service"),
    ([0x3fff, 0, 0, 0], 20, "documentation"),
    ([0x5f00, 0, 0, 0], 16, "segment routing"),
    ([0xfc00, 0, 0, 0], 7, "a private network (unique local)"),
    ([0xfe80, 0, 0, 0], 10, "link-local"),
    ([0xfec0, 0, 0, 0], 10, "a private network (site-local)"),
    ([0xff00, 0, 0, 0], 8, "multicast"),
];

/// The name of the special range that holds `address`; `None` for a public address.
pub(super) fn special(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => name_v4(address),
        IpAddr::V6(address) => name_v6(address),
    }
}

/// The IPv4 address that stands inside an IPv6 form (mapped, NAT64), if there is one.
pub(super) fn embedded(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address else { return None };
    let groups = address.segments();
    let nat64 = groups[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
    if !nat64 {
        return address.to_ipv4_mapped();
    }
    let [high, low] = [groups[6].to_be_bytes(), groups[7].to_be_bytes()];
    Some(Ipv4Addr::new(high[0], high[1], low[0], low[1]))
}

fn name_v4(address: Ipv4Addr) -> Option<&'static str> {
    let bits = address.to_bits();
    V4.iter()
        .find(|(network, prefix, _)| (bits ^ u32::from_be_bytes(*network)) >> (32 - prefix) == 0)
        .map(|(_, _, name)| *name)
}

fn name_v6(address: Ipv6Addr) -> Option<&'static str> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => return Some("no address"),
        [0, 0, 0, 0, 0, 0, 0, 1] => return Some("this machine (loopback)"),
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] => return Some("IPv4 in IPv6 form"),
        _ => {}
    }
    let bits = (address.to_bits() >> 64) as u64;
    V6.iter()
        .find(|(network, prefix, _)| (bits ^ first_half(*network)) >> (64 - prefix) == 0)
        .map(|(_, _, name)| *name)
        // Only 2000::/3 is given out for global use (RFC 4291).
        .or((bits >> 61 != 1).then_some("not a global address"))
}

fn first_half(groups: [u16; 4]) -> u64 {
    groups.iter().fold(0, |bits, group| bits << 16 | u64::from(*group))
}
