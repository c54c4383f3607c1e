// What the pages share: a test of their own, and posting results to the site.
const crashes = []
addEventListener('error', ({ message }) => crashes.push(message))
addEventListener('unhandledrejection', ({ reason }) => crashes.push(String(reason?.stack ?? reason)))

/** Posts what `act` gives, or that it failed. */
export async function post(act) {
  let results
  try {
    results = await act()
  } catch (thrown) {
    results = [{ name: 'the suite runs', ok: false, error: String(thrown?.stack ?? thrown) }]
  }
  if (crashes.length > 0) results.push({ name: 'ends cleanly', ok: false, error: crashes.join('\n') })
  await fetch('/results', { method: 'POST', body: JSON.stringify(results) })
}

/** The result of one test of a page. */
export async function resultOf(name, test) {
  try {
    await test()
    return { group: 'page', name, ok: true }
  } catch (thrown) {
    return { group: 'page', name, ok: false, error: String(thrown?.stack ?? thrown) }
  }
}

/** Fails when there is any. */
export function unexpected(list) {
  if (list.length > 0) throw new Error(list.join('\n'))
}
