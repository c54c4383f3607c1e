//! 4Mica Core, as the tests of the core play it.

pub use super::START_S as NOW_S;

/// What that file looks for beside itself.
pub mod scene {
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    #[allow(dead_code, reason = "that file knows more flows than are simulated")]
    pub enum Flow {
        CycleV1,
        House,
        Sdk2,
    }

    pub const USDC_SEPOLIA: &str = "0x036CbD53842c5426634e7929541eC2318f3dCF7e";
}

#[path = "../../../core/driver/core.rs"]
pub mod core;
