//! Evidence and what is found in it, compared with js/src/generated/evidence.ts.

use std::fmt::Debug;

use farthing::account::{CheckedCertificate, Examination, Topic, evidence};
use farthing::owner::Row;
use farthing::primitives::Network;
use farthing::registry::{Core, Registry};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::driver::Rig;
use crate::driver::scene::{CORE_URL, FLOWS, Flow, Scene};
use crate::evidence_shape::*;
use crate::{HEADER, compare, declaration, union};

#[test]
fn the_evidence_types_of_typescript_are_those_of_the_reports() {
    let imports =
        "import type { ErrorCode } from './errors.js'\nimport type { PaymentRecord, State } from './wire.js'\n";
    let mut text = format!("{HEADER}{imports}\n");
    text += &union("What a check of evidence is about.", "EvidenceTopic", &Topic::ALL.map(Topic::as_str));
    text += &declaration::<Evidence>();
    text += &declaration::<EvidencePayment>();
    text += &declaration::<EvidenceReport>();
    text += &declaration::<EvidenceCheck>();
    text += &declaration::<ProvenPurchase>();
    text += &declaration::<GuaranteeFacts>();
    text += &declaration::<OperatorSignature>();
    compare("js/src/generated/evidence.ts", text.trim_end_matches('\n'));
}

fn same<T: Serialize + DeserializeOwned + Debug>(json: &str) {
    let shape: T = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert_eq!(serde_json::to_string(&shape).unwrap(), json);
}

#[test]
fn every_evidence_report_and_certificate_has_the_shape_of_its_type() {
    for flow in FLOWS {
        // Texts without the characters that we escape and serde does not.
        let mut scene = Scene::new(flow);
        scene.request.purpose.reason = None;
        let mut rig = Rig::new(scene);
        rig.run();
        let (record, sealed) = rig.store.texts("trip-42");
        for sealed in [None, sealed.as_deref()] {
            let text = evidence(Row { record: &record, sealed }).unwrap();
            same::<Evidence>(&text);
            for response in [None, Some(&b"snow"[..])] {
                let examination = Examination::new(text.as_bytes(), &Registry::default(), response).unwrap();
                if let Some(signature) = examination.operator_signature() {
                    same::<OperatorSignature>(&signature.to_json());
                }
                same::<EvidenceReport>(&examination.conclude(None).to_json());
            }
        }
        let damaged = evidence(Row { record: &record, sealed: None }).unwrap().replace("trip-42", "trip-43");
        let examination = Examination::new(damaged.as_bytes(), &Registry::default(), None).unwrap();
        same::<EvidenceReport>(&examination.conclude(None).to_json());
        if !matches!(flow, Flow::ExactV1 | Flow::ExactV2) {
            let sealed: Value = serde_json::from_str(&sealed.unwrap()).unwrap();
            let [core, value, settlement] = ["core", "value", "settlement"].map(|name| sealed[name].as_str().unwrap());
            let pinned = Core::at(Network::from_chain_id(84532).unwrap(), CORE_URL);
            let checked = CheckedCertificate::new(&pinned, core.as_bytes(), value, settlement).unwrap();
            same::<GuaranteeFacts>(&checked.conclude(None).unwrap().to_json());
        }
    }
}
