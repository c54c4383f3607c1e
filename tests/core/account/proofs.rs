//! What a core proves of the account in a closed cycle, computed by alloy.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolValue;
use serde_json::{Value, json};

use crate::world::{HOUSE, USDC, payer};

/// The day the cycle begins with.
pub const START_S: u64 = 1_795_219_200;

/// The name of the cycle at the core.
pub fn name() -> String {
    format!("{}:{START_S}", USDC.to_lowercase())
}

/// The answer and its root: one other participant, so one sibling.
///
/// # Source
/// protocol notes, "Leaf = keccak256(abi.encode(…))".
pub fn proof_in(name: &str, role: &str, amount: u64) -> (Value, B256) {
    let cycle_id = keccak256(name);
    let side = u64::from(role == "NET_CREDITOR");
    let (house, asset): (Address, Address) = (HOUSE.parse().unwrap(), USDC.parse().unwrap());
    let words = (U256::from(84532), house, cycle_id, asset, payer().address(), U256::from(amount), U256::from(side));
    let (leaf, sibling) = (keccak256(words.abi_encode()), B256::repeat_byte(0x77));
    let root = keccak256([leaf.min(sibling), leaf.max(sibling)].concat());
    let net = if side == 0 { (amount, 0) } else { (0, amount) };
    let document = json!({
        "cycle_id": cycle_id.to_string(), "cycle_id_text": name, "asset_address": USDC, "participant": payer().text(),
        "role": role, "amount": amount.to_string(), "net_debit": net.0.to_string(), "net_credit": net.1.to_string(),
        "leaf": leaf.to_string(), "merkle_root": root.to_string(), "proof": [sibling.to_string()],
    });
    (document, root)
}
