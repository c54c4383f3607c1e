//! Anything at all, presented: an answer in bounded time, and never a payment that nobody signed.

use std::time::{Duration, Instant};

use farthing::sale::{Paywall, Request};
use farthing::x402::{Version, header};

use crate::driver::scene::{FLOWS, URL};
use crate::driver::{NOW_S, payer_key};
use crate::presenting::shop::{Shop, encoded, options, request, terms};
use crate::support::random::Random;

const ROUNDS: usize = 2_000;

#[test]
fn altered_payments_are_refused_or_are_the_payment_that_was_signed() {
    let mut random = Random::seeded(0x5a1e);
    for flow in FLOWS {
        let shop = Shop::new(flow);
        let payment = shop.payment();
        let honest = shop.present(&payment).unwrap();
        let seeds = [payment.to_string().into_bytes(), shop.challenge().0.to_string().into_bytes()];
        for _ in 0..ROUNDS {
            let text = random.mutated(&seeds);
            let value = header::encode(&text);
            let started = Instant::now();
            let verdict = shop.present_value(&value);
            assert!(started.elapsed() < Duration::from_secs(1), "{}", String::from_utf8_lossy(&text));
            match verdict {
                Err(refusal) => {
                    assert!(matches!(refusal.code.status(), 400 | 402), "{refusal:?}");
                    // Facts are words of ours: nothing of a stranger's text.
                    let ours = |letter: char| letter.is_ascii_graphic() || letter == ' ';
                    assert!(refusal.facts.len() < 200 && refusal.facts.chars().all(ours), "{refusal:?}");
                }
                Ok(presented) => {
                    assert_eq!(presented.payer(), payer_key().address());
                    assert_eq!(presented.claim(), honest.claim(), "{}", String::from_utf8_lossy(&text));
                    assert_eq!(*presented.payload_json(), *honest.payload_json());
                }
            }
        }
    }
}

#[test]
fn header_values_of_any_bytes_are_refused() {
    let mut random = Random::seeded(0x5a1f);
    let shop = Shop::new(FLOWS[1]);
    let seeds = [encoded(&shop.payment()).into_bytes(), b"https://api.example.com/weather?key=topsecret".to_vec()];
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..ROUNDS {
        let [value, url] = [0, 1].map(|at| String::from_utf8_lossy(&random.mutated(&seeds[at..=at])).into_owned());
        let version = *random.pick(&[Version::V1, Version::V2]);
        let plain = request(version, &value, &url);
        for request in [plain, Request { sign_in: Some(&value), url: URL, ..plain }] {
            match shop.request(&request) {
                Ok(_) => taken += 1,
                Err(_) => refused += 1,
            }
        }
    }
    // An alteration can miss what is read: the URL's query, and nothing else here.
    assert!(refused > taken, "{taken} taken, {refused} refused");
}

#[test]
fn options_and_terms_of_any_bytes_are_refused_by_name_or_make_a_challenge() {
    let mut random = Random::seeded(0x5a20);
    let flow = FLOWS[1];
    let paywalls = [options(flow).to_string().into_bytes()];
    let routes: Vec<_> =
        FLOWS.map(|flow| crate::presenting::shop::asked(flow).to_string().into_bytes()).into_iter().collect();
    let shop = terms(&options(flow), &crate::presenting::shop::asked(flow));
    for _ in 0..ROUNDS {
        if let Err(error) = Paywall::parse(&random.mutated(&paywalls)) {
            assert!(error.field.len() <= 128 && !error.wanted.is_empty(), "{error}");
        }
        match farthing::sale::Terms::parse(shop.paywall(), &random.mutated(&routes)) {
            Err(error) => assert!(error.field.len() <= 128 && !error.wanted.is_empty(), "{error}"),
            Ok(terms) => {
                assert!(terms.offers().iter().all(|offer| !offer.amount.is_zero()));
                let asked = terms.challenge(&terms.place(URL).unwrap(), None, &[7; 32], NOW_S);
                farthing::x402::Challenge::read_v2(&header::decode(&asked.header).unwrap()).unwrap();
            }
        }
    }
}
