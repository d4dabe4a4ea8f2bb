//! Where a webhook may be sent, and where not.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::http::Uri;

const REASON: &str = "link-local, metadata, multicast, reserved and unspecified addresses are never sent to";
const USE: &str = "is no valid URL: use https://host/path";
/// Names under which clouds offer their metadata; some resolve only inside.
const METADATA_NAMES: [&str; 4] = ["metadata", "metadata.google.internal", "metadata.goog", "instance-data"];

/// Where no receiver can be, but where the secrets of a machine in a cloud may be: network and length of its prefix.
const FORBIDDEN_V4: [(Ipv4Addr, u32); 7] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    // Link-local, and the metadata services of most clouds.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // Metadata of Alibaba Cloud, the platform of Azure, metadata of Oracle Cloud (classic).
    (Ipv4Addr::new(100, 100, 100, 200), 32),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(192, 0, 0, 192), 32),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];
const FORBIDDEN_V6: [(Ipv6Addr, u32); 7] = [
    (Ipv6Addr::UNSPECIFIED, 128),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8),
    // Metadata of AWS, of Google Cloud, of Scaleway.
    (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0), 32),
];
const PRIVATE_V4: [(Ipv4Addr, u32); 5] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
];
const PRIVATE_V6: [(Ipv6Addr, u32); 2] = [(Ipv6Addr::LOCALHOST, 128), (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7)];

/// What is wrong with a URL by itself, without the network; empty if nothing is.
pub fn find_target_problems(url: &str) -> Vec<String> {
    let Some((uri, is_secure)) = parse(url) else { return vec![USE.into()] };
    let mut problems = Vec::new();
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        problems.push("has a user or a password in it; the signature tells the receiver who sends".into());
    }
    let host = host_of(&uri);
    let address = host.parse::<IpAddr>().ok();
    if METADATA_NAMES.contains(&host.as_str()) || address.is_some_and(is_forbidden) {
        problems.push(format!("leads to {host}: {REASON}"));
    } else if !is_secure && address.is_some_and(|address| !is_private(address)) {
        problems.push(format!("sends to {host} by plain http, where everybody on the way can read; use https://"));
    }
    problems
}

/// A URL that can be sent to, and whether it is https.
pub fn parse(url: &str) -> Option<(Uri, bool)> {
    let uri: Uri = url.parse().ok()?;
    let is_secure = match uri.scheme_str()? {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    let authority = uri.authority()?;
    // A port that is none is no part of what the parser takes for the port.
    let digits = authority.as_str().rsplit_once(':').map(|(_, port)| port).filter(|port| !port.ends_with(']'));
    let port_is_right = digits.is_none_or(|_| authority.port_u16().is_some_and(|port| port > 0));
    (port_is_right && !host_of(&uri).is_empty()).then_some((uri, is_secure))
}

/// In small letters, without the brackets of IPv6 and the dot at the end of a full name.
fn host_of(uri: &Uri) -> String {
    uri.host().unwrap_or_default().trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase()
}

/// Why an address that a name leads to is not sent to; a name that was harmless yesterday may lead elsewhere today.
pub fn find_address_problem(host: &str, address: IpAddr, is_secure: bool) -> Option<String> {
    if is_forbidden(address) {
        return Some(format!("{host} leads to {address}: {REASON}"));
    }
    (!is_secure && !is_private(address))
        .then(|| format!("{host} leads to {address}, which is not private, and plain http is readable"))
}

fn is_forbidden(address: IpAddr) -> bool {
    match carried(address) {
        IpAddr::V4(v4) => FORBIDDEN_V4.iter().any(|network| is_in_v4(v4, *network)),
        IpAddr::V6(v6) => FORBIDDEN_V6.iter().any(|network| is_in_v6(v6, *network)),
    }
}

fn is_private(address: IpAddr) -> bool {
    match carried(address) {
        IpAddr::V4(v4) => PRIVATE_V4.iter().any(|network| is_in_v4(v4, *network)),
        IpAddr::V6(v6) => PRIVATE_V6.iter().any(|network| is_in_v6(v6, *network)),
    }
}

/// An IPv4 address inside an IPv6 one (mapped, translated by NAT64, or 6to4) is what counts.
fn carried(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let inner = match v6.segments() {
        [0x2002, high, low, ..] | [0x64, 0xff9b, .., high, low] | [0, 0, 0, 0, 0, 0xffff, high, low] => {
            Some((high, low))
        }
        _ => None,
    };
    inner.map_or(address, |(high, low)| IpAddr::V4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))))
}

fn is_in_v4(address: Ipv4Addr, (network, length): (Ipv4Addr, u32)) -> bool {
    (u32::from(address) ^ u32::from(network)).leading_zeros() >= length
}

fn is_in_v6(address: Ipv6Addr, (network, length): (Ipv6Addr, u32)) -> bool {
    (u128::from(address) ^ u128::from(network)).leading_zeros() >= length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_can_be_sent_to_have_no_problems() {
        for url in
            ["https://example.com/x?y=z", "http://10.1.2.3:8080/", "http://[::1]:1/", "http://receiver:8080/hook"]
        {
            assert_eq!(find_target_problems(url), Vec::<String>::new(), "{url}");
        }
    }

    #[test]
    fn all_others_have() {
        for url in [
            "",
            "x",
            "ftp://example.com/",
            "https://",
            "https://:443/",
            "https://example.com:0/",
            "https://example.com:x/",
            "https://me:pw@example.com/",
            "https://169.254.169.254/",
            "http://[fd00:ec2::254]/",
            "https://0.0.0.0/",
            "https://[::ffff:169.254.169.254]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://[2002:a9fe:a9fe::]/",
            "https://metadata.google.internal./",
            "http://93.184.216.34/",
            "https://[fe80::1]/",
            "https://224.0.0.1/",
        ] {
            assert_eq!(find_target_problems(url).len(), 1, "{url}: {:?}", find_target_problems(url));
        }
    }

    #[test]
    fn a_name_is_judged_by_where_it_leads() {
        let problem = |address: &str, is_secure| find_address_problem("name", address.parse().expect("one"), is_secure);
        assert_eq!(problem("127.0.0.1", false), None);
        assert_eq!(problem("93.184.216.34", true), None);
        assert!(problem("93.184.216.34", false).is_some_and(|text| text.contains("plain http")));
        assert!(problem("169.254.169.254", true).is_some_and(|text| text.contains("metadata")));
    }
}
