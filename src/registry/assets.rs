//! Pinned stablecoins: where they live and what their EIP-712 domain is.
//!
//! A seller never tells us any of this (threats P39 to P41). Permit2-only tokens are left out: `exact` is paid
//! by EIP-3009 here, which they do not have.
//!
//! Source: `DEFAULT_ASSETS` of the x402 project's EVM package, version 2.27.0 (facts: address, name, version,
//! decimals). All are pinned to one US dollar.

use crate::primitives::Address;

/// Chain id, token, name, version, decimals.
pub(super) type Row = (u64, Address, &'static str, &'static str, u8);

const fn row(chain_id: u64, token: &str, name: &'static str, version: &'static str, decimals: u8) -> Row {
    (chain_id, Address::pinned(token), name, version, decimals)
}

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row(8453, "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "USD Coin", "2", 6),
    row(84532, "0x036CbD53842c5426634e7929541eC2318f3dCF7e", "USDC", "2", 6),
    row(1, "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", "USD Coin", "2", 6),
    row(43114, "0xB97EF9Ef8734C71904D8002F8b6Bc66Dd9c48a6E", "USD Coin", "2", 6),
    row(143, "0x754704Bc059F8C67012fEd69BC8A327a5aafb603", "USDC", "2", 6),
    row(988, "0x779Ded0c9e1022225f8E0630b35a9b54bE713736", "USDT0", "1", 6),
    row(2201, "0x78Cf24370174180738C5B8E352B6D14c83a6c9A9", "USDT0", "1", 6),
    row(137, "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359", "USD Coin", "2", 6),
    row(42161, "0xaf88d065e77c8cC2239327C5EDb3A432268e5831", "USD Coin", "2", 6),
    row(421614, "0x75faf114eafb1BDbe2F0316DF893fd58CE46AA4d", "USD Coin", "2", 6),
    row(36900, "0x9cb8142aEBBcdc60AF7c97Af897A67A8f3CA71C2", "USDC.e", "2", 6),
    row(190415, "0x401eCb1D350407f13ba348573E5630B83638E30D", "Bridged USDC", "2", 6),
    row(181228, "0x401eCb1D350407f13ba348573E5630B83638E30D", "Bridged USDC", "2", 6),
    row(50, "0xfA2958CB79b0491CC627c1557F441eF849Ca8eb1", "USDC", "2", 6),
    row(51, "0xb5AB69F7bBada22B28e79C8FFAECe55eF1c771D4", "USDC", "2", 6),
    row(14, "0xe7cd86e13AC4309349F30B3435a9d337750fC82D", "USD₮0", "1", 6),
    row(42220, "0xcebA9300f2b948710d2653dD7B07f33A8B32118C", "USDC", "2", 6),
    row(42220, "0x48065fbBE25f71C9282ddf5e1cD6D6A887483D5e", "Tether USD", "1", 6),
    row(42220, "0xD2ab3C9A02DBBAB236BfEC45D1d755DF4267F771", "Tether America USD", "1", 6),
    row(11142220, "0x01C5C0122039549AD1493B8220cABEdD739BC44E", "USDC", "2", 6),
    row(1329, "0xe15fC38F6D8c56aF07bbCBe3BAf5708A2Bf42392", "USDC", "2", 6),
    row(1328, "0x4fCF1784B31630811181f670Aea7A7bEF803eaED", "USDC", "2", 6),
];
