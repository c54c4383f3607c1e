// examples/browser in Chromium: a person, their wallet, an official seller, a real chain.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { payee, payer, startShop, stranger } from './shop.mjs'
import { rejected } from './wallet.mjs'

const price = 10_000n
const root = fileURLToPath(new URL('../../', import.meta.url))
const screenshots = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'js/screenshots')
mkdirSync(screenshots, { recursive: true })

let shop
before(async () => (shop = await startShop()))
after(() => shop?.stop())

test('the price is shown in words before any wallet is asked', async () => {
  const { page, wallet, complaints, close } = await shop.open()
  await askForPrice(page)
  const terms = await rows(page, '#terms-list')
  assert.equal(await page.locator('#price').textContent(), '0.01 USD')
  assert.equal(terms.Seller, shop.seller.url)
  assert.equal(terms['Paid to'], payee.address)
  assert.match(terms.Network, /Base Sepolia/)
  assert.equal(terms['Your rule'], 'at most 0.10 USD for one request')
  assert.deepEqual(wallet.prompts, { connect: 0, sign: 0 })
  assert.deepEqual(paymentsSent(shop.seller), [])
  assert.deepEqual(complaints, [])
  await close()
})

test('a click pays, the chain shows it, and the record is readable', async () => {
  const { page, wallet, complaints, close } = await shop.open({ context: { viewport: { width: 1200, height: 900 } } })
  const [paidBefore, sentBefore] = [await shop.paid(), paymentsSent(shop.seller).length]
  await askForPrice(page)
  await page.getByRole('button', { name: 'Pay 0.01 USD' }).click()
  await page.getByText('Paid. The seller confirmed it.').waitFor()

  assert.equal((await shop.paid()) - paidBefore, price)
  assert.deepEqual(wallet.prompts, { connect: 1, sign: 1 })
  assert.equal(wallet.shown.message.to.toLowerCase(), payee.address.toLowerCase())
  assert.equal(paymentsSent(shop.seller).length - sentBefore, 1)
  assert.equal(await page.locator('#content').textContent(), '{"paid":true}')
  const record = await rows(page, '#receipt-list')
  assert.equal(record.Amount, '0.01 USD')
  assert.equal(record.From, payer.address)
  assert.equal(record.To, payee.address)
  assert.equal(record['Allowed by'], 'at most 0.10 USD for one request')
  const receipt = await shop.chain.publicClient.getTransactionReceipt({ hash: record.Transaction })
  assert.equal(receipt.status, 'success')
  const steps = await page.locator('#steps li').allTextContents()
  assert.match(steps.at(-1), /^The seller confirmed/)
  assert.equal(await page.getByRole('button', { name: /^Pay/ }).count(), 0, 'nothing is left to press twice')
  await page.screenshot({ path: join(screenshots, 'paid.png'), fullPage: true })
  await narrow(page, 'paid-390.png')
  assert.deepEqual(complaints, [])
  await close()
})

test('the whole purchase works from the keyboard, with names for everything', async () => {
  const { page, close } = await shop.open({ context: { colorScheme: 'dark', viewport: { width: 1200, height: 900 } } })
  const paidBefore = await shop.paid()
  const wallet = page.getByRole('button', { name: 'Test wallet' })
  await wallet.waitFor()
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.labels?.[0]?.textContent), 'Address that costs money')
  await page.keyboard.press('Enter')
  assert.equal(await page.locator('#steps li').count(), 0, 'Enter in the address does nothing yet')
  await page.keyboard.press('Tab')
  assert.ok(await wallet.evaluate((button) => button === document.activeElement))
  await page.keyboard.press('Enter')
  await page.locator('#terms-title').waitFor()
  await page.waitForFunction(() => document.activeElement.id === 'terms-title')
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Pay 0.01 USD')
  await page.screenshot({ path: join(screenshots, 'price-dark.png'), fullPage: true })
  await page.keyboard.press('Enter')
  await page.getByText('Paid. The seller confirmed it.').waitFor()
  assert.equal((await shop.paid()) - paidBefore, price)
  assert.equal(await page.getByRole('log', { name: 'What happens' }).count(), 1)
  await close()
})

test('a page without announcements falls back to window.ethereum', async () => {
  const { page, close } = await shop.open({ how: 'ethereum' })
  await askForPrice(page, 'Browser wallet')
  await close()
})

// What a wallet may do wrong, and what the person then reads. In none of these does anything leave the page.
const refusals = [
  {
    name: 'a person who says no is told that nothing moved',
    arrange: (wallet) => (wallet.refusal = rejected),
    expected: { code: 'sign/rejected', money: 'No money moved', state: 'refused', signed: 1 },
  },
  {
    name: 'a wallet on another chain is not asked to sign',
    arrange: (wallet) => (wallet.chainId = 1),
    expected: { code: 'sign/chain', money: 'No money moved', state: 'refused', signed: 0 },
  },
  {
    name: 'a wallet that switched its account is not asked to sign',
    arrange: (wallet) => (wallet.selected = [stranger.address]),
    expected: { code: 'sign/account', money: 'No money moved', state: 'refused', signed: 0 },
  },
  {
    name: 'a signature over another amount never leaves the page',
    arrange: (wallet) => (wallet.tamper = (data) => ({ ...data, message: { ...data.message, value: '9000000' } })),
    expected: { code: 'sign/signer', money: /never left this page/, state: 'dead', signed: 1 },
  },
  {
    name: 'a signature for another recipient never leaves the page',
    arrange: (wallet) => (wallet.tamper = (data) => ({ ...data, message: { ...data.message, to: stranger.address } })),
    expected: { code: 'sign/signer', money: /never left this page/, state: 'dead', signed: 1 },
  },
]

for (const { name, arrange, expected } of refusals) {
  test(name, async () => {
    const { page, wallet, complaints, close } = await shop.open({ context: { viewport: { width: 1200, height: 900 } } })
    arrange(wallet)
    const [paidBefore, sentBefore] = [await shop.paid(), paymentsSent(shop.seller).length]
    await askForPrice(page)
    await page.getByRole('button', { name: 'Pay 0.01 USD' }).click()
    await page.getByRole('alert').waitFor()

    const failure = await rows(page, '#failure-list')
    assert.equal(failure.Code, expected.code)
    match(await page.locator('#failure-money').textContent(), expected.money)
    assert.ok(failure['What happened'].length > 20 && failure['What to do'].length > 10)
    assert.equal(await page.locator('#verdict').getAttribute('data-state'), expected.state)
    assert.equal(wallet.prompts.sign, expected.signed)
    assert.equal(paymentsSent(shop.seller).length, sentBefore, 'a payment header left the page')
    assert.equal(await shop.paid(), paidBefore)
    assert.deepEqual(complaints, [])
    await page.screenshot({ path: join(screenshots, `${expected.code.replace('/', '-')}.png`), fullPage: true })
    if (expected.signed === 0) await narrow(page, `${expected.code.replace('/', '-')}-390.png`)
    await close()
  })
}

test('after a refusal the same page can pay, as a new purchase', async () => {
  const { page, wallet, close } = await shop.open()
  const paidBefore = await shop.paid()
  wallet.refusal = rejected
  await askForPrice(page)
  await page.getByRole('button', { name: 'Pay 0.01 USD' }).click()
  await page.getByRole('alert').waitFor()
  wallet.refusal = undefined
  await page.getByRole('button', { name: 'Pay 0.01 USD' }).click()
  await page.getByText('Paid. The seller confirmed it.').waitFor()
  assert.equal((await shop.paid()) - paidBefore, price)
  await close()
})

test('a price that rises after it was shown is not paid', async () => {
  const cheap = await shop.startSeller()
  const { page, wallet, close } = await shop.open({ url: `${cheap.url}/paid` })
  const paidBefore = await shop.paid()
  await askForPrice(page)
  const port = Number(new URL(cheap.url).port)
  await cheap.stop()
  const dear = await shop.startSeller({ port, price: '$0.05' })
  await page.getByRole('button', { name: 'Pay 0.01 USD' }).click()
  await page.getByRole('alert').waitFor()
  assert.equal((await rows(page, '#failure-list')).Code, 'policy/terms-changed')
  assert.equal(wallet.prompts.sign, 0)
  assert.equal(await shop.paid(), paidBefore)
  assert.equal(await page.getByRole('button', { name: /^Pay/ }).count(), 0, 'terms that no longer hold cannot be paid')
  await dear.stop()
  await close()
})

test('a lost answer is told as unknown, and asking again pays nothing twice', async () => {
  const { page, wallet, close } = await shop.open({ context: { viewport: { width: 1200, height: 900 } } })
  const [paidBefore, sentBefore] = [await shop.paid(), paymentsSent(shop.seller).length]
  shop.seller.failNext('drop-after-payment')
  await askForPrice(page)
  await page.getByRole('button', { name: 'Pay 0.01 USD' }).click()
  await page.getByRole('alert').waitFor()
  assert.equal(await page.locator('#failure-money').textContent(), 'Money may have moved')
  await page.screenshot({ path: join(screenshots, 'unknown.png'), fullPage: true })
  await page.getByRole('button', { name: 'Ask again with the same payment' }).click()
  await page.waitForFunction(() => !document.body.hasAttribute('aria-busy'))
  const sent = paymentsSent(shop.seller).slice(sentBefore)
  assert.ok(sent.length >= 2)
  assert.equal(new Set(sent).size, 1, 'the very same payment is presented')
  assert.equal(wallet.prompts.sign, 1)
  assert.equal((await shop.paid()) - paidBefore, price)
  await close()
})

async function askForPrice(page, wallet = 'Test wallet') {
  await page.getByRole('button', { name: wallet }).click()
  await page.getByRole('heading', { name: 'What it costs' }).waitFor()
}

/** A description list as an object. */
function rows(page, selector) {
  return page.locator(selector).evaluate((list) => {
    const terms = [...list.querySelectorAll('dt')]
    return Object.fromEntries(terms.map((term) => [term.textContent, term.nextElementSibling.textContent]))
  })
}

function paymentsSent(seller) {
  return seller.requests.map(({ headers }) => headers['payment-signature'] ?? headers['x-payment']).filter(Boolean)
}

async function narrow(page, name) {
  await page.setViewportSize({ width: 390, height: 844 })
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390, 'no sideways scrolling')
  await page.screenshot({ path: join(screenshots, name), fullPage: true })
}

const match = (text, expected) =>
  expected instanceof RegExp ? assert.match(text, expected) : assert.equal(text, expected)
