//! Names that x402 v1 gives to networks.
//!
//! Source: x402 v1 network list (legacy package, `shared/network`), EVM entries.

pub(super) const V1_NAMES: &[(&str, u64)] = &[
    ("abstract", 2741),
    ("abstract-testnet", 11124),
    ("avalanche", 43114),
    ("avalanche-fuji", 43113),
    ("base", 8453),
    ("base-sepolia", 84532),
    ("educhain", 41923),
    ("iotex", 4689),
    ("peaq", 3338),
    ("polygon", 137),
    ("polygon-amoy", 80002),
    ("sei", 1329),
    ("sei-testnet", 1328),
    ("skale-base-sepolia", 324705682),
    ("story", 1514),
];
