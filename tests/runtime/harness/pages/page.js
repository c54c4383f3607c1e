// Runs the suite in this page, and sees that its policies are in force: no eval, and Trusted Types.
import { start } from '/start.js'
import { post, resultOf, unexpected } from './report.js'

// What stores import that no page has: tests see that it fails.
const missed = ['node', 'cloudflare']
const violations = []
addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
  if (!missed.includes(blockedURI.split(':', 1)[0])) violations.push(`${effectiveDirective} ${blockedURI}`)
})

await post(async () => {
  const results = await start(await (await fetch('/env')).json())
  // Before the next two: what they provoke is no fault of the package.
  results.push(await resultOf('the package violates no policy of the page', () => unexpected(violations)))
  results.push(await resultOf('the page forbids eval', () => refused(() => (0, eval)('1'))))
  const write = () => (document.createElement('div').innerHTML = '<b>x</b>')
  results.push(await resultOf('the page enforces Trusted Types', () => refused(write)))
  return results
})

function refused(act) {
  try {
    act()
  } catch {
    return
  }
  throw new Error('nobody refused')
}
