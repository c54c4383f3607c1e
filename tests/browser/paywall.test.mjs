// Our seller in Chromium: a person who opens a paid address and pays by wallet, and pages of other origins that pay by
// fetch. Real chain, official facilitator.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readers } from './readers.mjs'
import { payee, payer, startStall } from './stall.mjs'
import { rejected } from './wallet.mjs'

const PRICE = 10_000n
const root = fileURLToPath(new URL('../../', import.meta.url))
const screenshots = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'js/screenshots')
mkdirSync(screenshots, { recursive: true })

let stall
before(async () => void (stall = await startStall()))
after(() => stall?.stop())

const state = (page) => page.getByRole('status')
const forecast = () => Response.json({ forecast: 'sun' })
const payButton = (page, name = 'Test wallet') => page.getByRole('button', { name: `Pay 0.01 USD with ${name}` })

/** Sells for one test; `act` gets the shop and a visitor's page. */
async function visiting(handler, options, act) {
  const shop = await stall.sell(handler, options.shop)
  const visitor = await stall.open(shop.url, options.visitor)
  try {
    await act({ shop, ...visitor })
  } finally {
    await visitor.close()
    await shop.stop()
  }
}

test('a person reads what it costs, signs, and has what was paid for, with its transaction', () =>
  visiting(forecast, {}, async ({ shop, page, wallet, complaints }) => {
    const before = await stall.paid()
    assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'This costs 0.01 USD')
    assert.equal(await page.title(), `0.01 USD for ${shop.url}`)
    const facts = await page.locator('dl').innerText()
    for (const words of [shop.url, 'Base Sepolia', 'eip155:84532', 'USDC', payee.address]) assert.ok(facts.includes(words), words)
    assert.ok(await page.getByText('The weather of tomorrow.').isVisible())
    assert.deepEqual(wallet.prompts, { connect: 0, sign: 0 })
    await payButton(page).click()
    await page.getByRole('heading', { name: 'What you bought' }).waitFor()
    assert.equal(await state(page).textContent(), 'Paid.')
    assert.equal(await page.locator('pre').textContent(), '{"forecast":"sun"}')
    const [, hash] = /Transaction (0x[0-9a-f]{64})/.exec(await page.locator('#result').innerText())
    assert.equal((await stall.chain.publicClient.getTransactionReceipt({ hash })).status, 'success')
    assert.equal((await stall.paid()) - before, PRICE)
    assert.deepEqual(wallet.prompts, { connect: 1, sign: 1 })
    assert.equal(wallet.shown.message.to.toLowerCase(), payee.address.toLowerCase())
    assert.equal(shop.payments().length, 1)
    assert.deepEqual(complaints, [])
    await page.screenshot({ path: join(screenshots, 'paywall-paid.png'), fullPage: true })
  }))

test('the page works from the keyboard, on a narrow screen, in the dark, and speaks to screen readers', () =>
  visiting(
    forecast,
    { visitor: { context: { viewport: { width: 360, height: 740 }, colorScheme: 'dark' } } },
    async ({ page, complaints }) => {
      await payButton(page).waitFor()
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360, 'no sideways scrolling')
      assert.equal(await page.evaluate(() => document.documentElement.lang), 'en')
      assert.equal(await state(page).getAttribute('aria-live'), 'polite')
      await page.screenshot({ path: join(screenshots, 'paywall-dark.png'), fullPage: true })
      await page.keyboard.press('Tab')
      assert.match(await page.evaluate(() => document.activeElement.textContent), /^Pay 0\.01 USD/)
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'What you bought' }).waitFor()
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'What you bought')
      const contrast = await page.evaluate(() => {
        const channel = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4)
        const luminance = (color) => {
          const [r, g, b] = color.match(/\d+/g).map(Number).map(channel)
          return 0.2126 * r + 0.7152 * g + 0.0722 * b
        }
        const paper = luminance(getComputedStyle(document.body).backgroundColor)
        return ['h1', 'dt', 'a', 'pre'].map((name) => {
          const ink = luminance(getComputedStyle(document.querySelector(name)).color)
          return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05)
        })
      })
      assert.ok(contrast.every((ratio) => ratio >= 4.5), contrast.join())
      assert.deepEqual(complaints, [])
    },
  ))

test('without a wallet, or without JavaScript, the page still explains', async () => {
  await visiting(forecast, { visitor: { how: 'none' } }, async ({ page, complaints }) => {
    await page.getByText('No wallet was found in this browser.').waitFor()
    assert.equal(await page.getByRole('button').count(), 0)
    assert.deepEqual(complaints, [])
  })
  await visiting(forecast, { visitor: { how: 'none', context: { javaScriptEnabled: false } } }, async ({ page }) => {
    assert.ok(await page.getByText('Paying here needs JavaScript and a wallet in this browser.').isVisible())
    assert.ok(await page.getByText('Your wallet shows a transfer of exactly this amount').isVisible())
  })
})

test('a wallet that only sets window.ethereum, on another chain, is switched and pays', () =>
  visiting(forecast, { visitor: { how: 'ethereum' } }, async ({ page, wallet }) => {
    wallet.chainId = 1
    wallet.switches = true
    await payButton(page, 'the browser wallet').click()
    await page.getByRole('heading', { name: 'What you bought' }).waitFor()
    assert.equal(wallet.chainId, 84532)
  }))

test('a person who says no, or whose wallet stays on another chain, has paid nothing and may try again', () =>
  visiting(forecast, {}, async ({ shop, page, wallet }) => {
    wallet.refusal = rejected
    await payButton(page).click()
    await page.getByText('You said no in the wallet. Nothing was paid.').waitFor()
    wallet.refusal = undefined
    wallet.chainId = 1
    await page.getByRole('button', { name: 'Try again' }).click()
    await payButton(page).click()
    await page.getByText(/wallet_switchEthereumChain is not supported.*Nothing was paid\./).waitFor()
    assert.deepEqual([shop.payments().length, wallet.prompts.sign], [0, 1])
    wallet.chainId = 84532
    await page.getByRole('button', { name: 'Try again' }).click()
    await payButton(page).click()
    await page.getByRole('heading', { name: 'What you bought' }).waitFor()
  }))

test('an answer that was lost is asked for again with the same payment, also after a reload, and paid once', () =>
  visiting(forecast, {}, async ({ shop, page, wallet }) => {
    const before = await stall.paid()
    shop.loseNext()
    await payButton(page).click()
    await page.getByText('The answer was lost.').waitFor()
    await page.reload()
    await page.getByText('A payment you signed here was not answered yet.').waitFor()
    await page.getByRole('button', { name: 'Ask again with the same payment' }).click()
    await page.getByRole('heading', { name: 'What you bought' }).waitFor()
    assert.equal(new Set(shop.payments()).size, 1)
    assert.equal(wallet.prompts.sign, 1)
    assert.equal((await stall.paid()) - before, PRICE)
  }))

test('a refusal is told in words, and nothing is kept of it', () =>
  visiting(forecast, { shop: { admit: () => false } }, async ({ page }) => {
    await payButton(page).click()
    await page.getByText('the seller does not serve this buyer now').waitFor()
    await page.getByRole('button', { name: 'Start again' }).waitFor()
    assert.equal(await page.evaluate(() => sessionStorage.length), 0)
  }))

test('a picture is shown, and whatever else can be saved', () =>
  visiting(
    () => new Response('<svg xmlns="http://www.w3.org/2000/svg"/>', { headers: { 'content-type': 'image/svg+xml' } }),
    {},
    async ({ page, complaints }) => {
      await payButton(page).click()
      await page.getByRole('img', { name: 'What you bought' }).waitFor()
      assert.equal(await page.getByRole('link', { name: 'Save what you bought' }).getAttribute('download'), 'paid')
      assert.deepEqual(complaints, [])
    },
  ))

for (const [name, read] of Object.entries(readers)) {
  test(`a page of another origin pays by fetch with ${name}`, async () => {
    const shop = await stall.sell(forecast)
    const { page, complaints, close } = await stall.read()
    const before = await stall.paid()
    const asked = { url: shop.url, key: payer.privateKey, origin: new URL(shop.url).origin }
    assert.notEqual(asked.origin, new URL(page.url()).origin)
    assert.deepEqual(await page.evaluate(read, asked), [200, { forecast: 'sun' }, 'settled'])
    assert.equal((await stall.paid()) - before, PRICE)
    assert.ok(shop.asked.some(({ method }) => method === 'OPTIONS'), 'the browser asked first')
    assert.deepEqual(complaints, [])
    await close()
    await shop.stop()
  })
}

test('a service worker sells to the pages of its site', async () => {
  const { page, complaints, close } = await stall.read()
  const before = await stall.paid()
  await page.evaluate(async (url) => {
    const controlled = new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve))
    await navigator.serviceWorker.register(url, { type: 'module', scope: '/' })
    await controlled
  }, stall.worker)
  const { origin } = new URL(page.url())
  const asked = { url: `${origin}/paid`, key: payer.privateKey, origin }
  assert.deepEqual(await page.evaluate(readers.farthing, asked), [200, { forecast: 'sun' }, 'settled'])
  assert.equal((await stall.paid()) - before, PRICE)
  assert.deepEqual(complaints, [])
  await close()
})
