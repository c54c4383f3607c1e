//! What cores and tab endpoints may answer, mutated.

use farthing::core4mica::{ActiveCycle, Parameters};
use farthing::primitives::Address;
use farthing::registry::Generation;
use farthing::scheme::guarantee::Tab;

use crate::{core, fuzz, parameters};

#[test]
fn mutated_answers_of_a_core_never_panic() {
    let cycle = br#"{"cycle_id":"0x1111111111111111111111111111111111111111111111111111111111111111","server_time":1700000100,"period_start":1700000000,"period_end":1700086400,"max_uncheckpointed":10,"asset_address":"0x0000000000000000000000000000000000000000"}"#;
    assert!(ActiveCycle::read(cycle, &Address::ZERO, 1_700_000_101).is_ok());
    let core = core();
    fuzz("core", &[parameters(), cycle.to_vec()], |bytes| {
        drop(Parameters::read(bytes, &core));
        if let Ok(cycle) = ActiveCycle::read(bytes, &Address::ZERO, 1_700_000_101) {
            assert!((cycle.period_start_s..=cycle.period_end_s).contains(&cycle.server_time_s));
        }
    });
    let sdk2 = br#"{"chain_id":84532,"contract_address":"0x9A676e781A523b5d0C0e43731313A708CB607508","eip712_name":"4mica","eip712_version":"1","public_key":"0x97371827b59f0e8fdcccf7696ff57b036219aa83611be2566de8cccfe71a11fa57e0ff1a2c8ca0d8605dbb6abdc2db58","supported_guarantee_versions":[1],"guarantee_domains":[{"version":1,"domain_separator":"0x1111111111111111111111111111111111111111111111111111111111111111"}],"validators":["eip155:84532:0x209693Bc6afc0C5328bA36FaF03C514EF312287C"]}"#;
    assert_eq!(Parameters::read(sdk2, &core).unwrap().generation, Generation::Sdk2);
    fuzz("core of generation 3", &[sdk2.to_vec()], |bytes| {
        if let Ok(read) = Parameters::read(bytes, &core) {
            assert_eq!(read.chain_id, 84532);
        }
    });
    let tab = br#"{"tabId":"3","userAddress":"0x0000000000000000000000000000000000000000","nextReqId":"0x1f"}"#;
    assert!(Tab::read(tab, &Address::ZERO).is_ok_and(|tab| tab.is_some()));
    fuzz("tab", &[tab.to_vec()], |bytes| {
        let _ = Tab::read(bytes, &Address::ZERO);
    });
}
