"""The official x402 client for Python, driven from a test: it pays one URL after the other.

    PAYER_KEY=0x… .venv/bin/python pay.py httpx|requests

In: URLs, one a line, and a test key. Out: a line of JSON for each: `{"status", "body", "headers", "settlement"}`, where
`settlement` is what the client itself reads, or `{"error"}`. It keeps nothing between two payments.
"""

import asyncio
import json
import os
import sys

import httpx
import requests
from eth_account import Account
from x402 import x402Client, x402ClientSync
from x402.http import x402HTTPClient, x402HTTPClientSync
from x402.http.clients import wrapRequestsWithPayment, x402HttpxClient
from x402.mechanisms.evm.exact.register import register_exact_evm_client

account = Account.from_key(os.environ["PAYER_KEY"])


def with_httpx(url):
    client = register_exact_evm_client(x402Client(), account)

    async def get():
        async with x402HttpxClient(client) as http:
            return await http.get(url)

    return asyncio.run(get()), x402HTTPClient(client)


def with_requests(url):
    client = register_exact_evm_client(x402ClientSync(), account)
    with wrapRequestsWithPayment(requests.Session(), client) as session:
        return session.get(url), x402HTTPClientSync(client)


def settlement_of(client, headers):
    try:
        settlement = client.get_payment_settle_response(headers.get)
    except ValueError:
        return None
    return settlement.model_dump(mode="json", by_alias=True, exclude_none=True)


def pay(get, url):
    try:
        answer, client = get(url)
    except Exception as error:  # What an official client throws is what the test wants to see.
        return {"error": f"{type(error).__name__}: {error}"}
    headers = dict(answer.headers)
    settlement = settlement_of(client, answer.headers)
    return {"status": answer.status_code, "body": answer.text, "headers": headers, "settlement": settlement}


get = {"httpx": with_httpx, "requests": with_requests}[sys.argv[1]]
for line in sys.stdin:
    print(json.dumps(pay(get, line.strip())), flush=True)
