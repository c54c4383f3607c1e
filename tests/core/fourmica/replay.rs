//! Every exchange: visited, asked as recorded, answered as documented.

use std::collections::{BTreeMap, BTreeSet};

use farthing::core4mica::facilitator::Settled;
use farthing::core4mica::{Answer, Exists, Refusal, Request};
use serde_json::{Value, json};

use crate::exchange::{Exchange, all, compact, file, files};
use crate::expected::{NOT_OURS, OTHER_FILES, REFUSED, UNREAD};
use crate::rules::{outcome, request};

fn recorded() -> Vec<&'static Exchange> {
    let elsewhere =
        |exchange: &Exchange| OTHER_FILES.iter().any(|(file, _)| exchange.name.starts_with(&format!("{file}/")));
    all().iter().filter(|exchange| !elsewhere(exchange)).collect()
}

#[test]
fn every_recorded_answer_means_what_the_table_says() {
    let expected: BTreeMap<_, _> = REFUSED.iter().copied().collect();
    let (mut refused, mut unread, mut succeeded) = (BTreeSet::new(), BTreeSet::new(), 0);
    for exchange in recorded() {
        let name = exchange.name.as_str();
        match (outcome(exchange), expected.get(name)) {
            (None, None) => drop(unread.insert(exchange.name.clone())),
            (Some(outcome), Some(code)) => {
                assert_eq!(outcome, *code, "{name}");
                refused.insert(exchange.name.clone());
            }
            (Some(outcome), None) => {
                assert_eq!(outcome, "ok", "{name}");
                succeeded += 1;
            }
            (None, Some(_)) => panic!("{name} has an outcome and no rule"),
        }
    }
    assert_eq!(refused, REFUSED.iter().map(|(name, _)| (*name).to_owned()).collect());
    assert_eq!(unread, UNREAD.iter().map(|(name, _)| (*name).to_owned()).collect());
    assert!(succeeded > 60, "{succeeded}");
}

#[test]
fn every_file_of_recordings_is_replayed_or_read_elsewhere() {
    let replayed: BTreeSet<_> =
        recorded().iter().map(|exchange| exchange.name.split('/').next().unwrap().to_owned()).collect();
    let elsewhere = OTHER_FILES.iter().map(|(file, _)| (*file).to_owned());
    assert_eq!(replayed.into_iter().chain(elsewhere).collect::<BTreeSet<_>>(), files().into_iter().collect());
}

#[test]
fn every_request_is_the_recorded_one_or_deliberately_not() {
    let mut texts = BTreeMap::new();
    let (mut ours, mut altered) = (0, BTreeSet::new());
    for exchange in recorded().into_iter().filter(|exchange| UNREAD.iter().all(|(name, _)| *name != exchange.name)) {
        if request(exchange).is_some_and(|request| is_same(request, exchange, &mut texts)) {
            ours += 1;
        } else {
            altered.insert(exchange.name.clone());
        }
    }
    let listed = NOT_OURS.iter().flat_map(|(_, names)| names.iter()).map(|name| (*name).to_owned());
    assert_eq!(altered, listed.collect());
    assert!(ours > 100, "{ours}");
}

// URL, login and body; the body also as text, member by member in our order, where all of it is written by us.
fn is_same(request: Request, exchange: &Exchange, texts: &mut BTreeMap<String, String>) -> bool {
    let body = request.body.map(|body| body.into_text());
    let value = body.as_deref().map_or(Value::Null, |text| serde_json::from_str(text).unwrap());
    if (request.url.as_str(), request.login, &value) != (exchange.url.as_str(), exchange.bearer, &exchange.body) {
        return false;
    }
    let file = exchange.name.split('/').next().unwrap();
    // A facilitator's body repeats the requirements, whose order the recording decides; a message's newlines are
    // escaped in another spelling.
    let written_by_us = file != "facilitator" && !exchange.url.ends_with("/auth/verify");
    if let Some(text) = body.filter(|_| written_by_us) {
        let file = texts.entry(file.to_owned()).or_insert_with(|| compact(file));
        assert!(file.contains(&format!("\"body\":{text}")), "{}: {text}", exchange.name);
    }
    true
}

#[test]
fn a_storm_of_identical_requests_leaves_the_guarantee_open_until_it_is_shown() {
    let storm = file("cors-and-concurrency");
    let mut seen = BTreeSet::new();
    for line in storm["same_request_5_parallel"].as_array().unwrap() {
        let (status, said) = line.as_str().unwrap().split_once(' ').unwrap();
        let status = status.parse().unwrap();
        if status == 200 {
            continue;
        }
        let body = json!({ "error": said }).to_string();
        let refusal = Refusal::of_issue(&Answer { status, body: body.as_bytes() });
        assert_eq!(refusal.exists, Exists::Maybe, "{line}");
        seen.insert(refusal.code.as_str());
    }
    assert_eq!(seen, BTreeSet::from(["core/duplicate", "core/failed"]));
    let mut busy = 0;
    for error in storm["concurrent_20_settles_same_payer"].as_object().unwrap().keys().filter(|key| *key != "success") {
        let body = json!({ "success": false, "error": error, "txHash": null }).to_string();
        let refusal = Settled::read(&Answer { status: 200, body: body.as_bytes() }).unwrap_err();
        assert_eq!((refusal.code.as_str(), refusal.exists), ("core/busy", Exists::Maybe));
        busy += 1;
    }
    assert_eq!(busy, 1);
}
