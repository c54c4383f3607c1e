//! What the seller's half shows: its codes for people and for TypeScript.

use farthing::error::SaleCode;

use super::{HEADER, compare, declaration, quoted, union};
use crate::sale_shape::*;

/// The section of `docs/errors.md`.
pub fn documentation() -> String {
    let mut text = String::from(
        "\n## Of sellers\n\n\
         What `farthing/seller` answers to a buyer, and tells in its reports. *Next* is the buyer's: what its program can do.\n\n\
         | Code | Status | Meaning | Money | Next | What to do |\n|---|---|---|---|---|---|\n",
    );
    for code in SaleCode::ALL {
        let cells = [code.meaning(), code.money().as_str(), code.next().as_str(), code.fix()];
        let cells = cells.map(|cell| cell.replace('|', "\\|"));
        text += &format!("| `{code}` | {} | {} |\n", code.status(), cells.join(" | "));
    }
    text
}

#[test]
fn the_codes_of_sellers_in_typescript_are_those_of_the_crate() {
    let mut text = format!(
        "{HEADER}import type {{ Entry, Intent, Query, RecordAttempt, RecordRequest, RecordTerms, State }} from './wire.js'\n\n\
         /** What a code of the seller's half means, what may have happened to money, and what the buyer can do next. */\n\
         export const SALE_CODES = {{\n"
    );
    for code in SaleCode::ALL {
        let [meaning, fix] = [code.meaning(), code.fix()].map(quoted);
        text += &format!(
            "  '{code}': {{\n    status: {},\n    money: '{}',\n    next: '{}',\n",
            code.status(),
            code.money().as_str(),
            code.next().as_str()
        );
        text += &format!("    meaning: {meaning},\n    fix: {fix},\n  }},\n");
    }
    text += "} as const\n\n/** A stable code of the seller's half, `sale/reason`. */\n\
             export type SaleCode = keyof typeof SALE_CODES\n\n\
             /** Name and value of a response header. */\nexport type SaleHeader = [name: string, value: string]\n\n";
    text += &union(
        "In which order a sale settles and delivers.",
        "SaleOrder",
        &["verify-first", "settle-first", "optimistic"],
    );
    text += &declaration::<SaleStep>();
    text += &declaration::<Buyer>();
    text += &declaration::<BuyerAgent>();
    text += &declaration::<Payment>();
    text += &declaration::<SaleAnswer>();
    text += &declaration::<SaleReport>();
    text += &declaration::<ReportedPayment>();
    text += &declaration::<SaleRecord>();
    text += &declaration::<SaleStanding>();
    text += &declaration::<SaleEvidence>();
    text += &declaration::<SaleHistory>();
    compare("js/src/generated/sale.ts", text.trim_end_matches('\n'));
}
