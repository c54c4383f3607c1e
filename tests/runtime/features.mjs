// What the package does, each with the tests of the suite that show it, and the runtimes that can: in the others the
// same group of tests sees that it is refused in plain words. For the suite, and for the README's table (table.mjs).
const everywhere = () => true
const among =
  (...names) =>
  (runtime) =>
    names.includes(runtime)

/** Columns of the table. `groups` of the suite, of these only the tests `named`; `able` tells by runtime. */
export const features = [
  { title: 'pay `exact`', groups: ['paying'], named: /an x402 v[12] seller/ },
  { title: 'pay `4mica-credit`', groups: ['paying'], named: /a 4mica-credit v[12] seller/ },
  { title: 'policy', groups: ['refusing', 'ruling', 'deciding', 'passing', 'bodies', 'aborting'] },
  { title: 'wallets', groups: ['wallets', 'secrets'] },
  { title: 'owner', groups: ['owning'] },
  { title: '4Mica account', groups: ['account'] },
  { title: 'sandbox', groups: ['clearing'] },
  { title: 'sell', groups: ['selling', 'repeating', 'doors', 'guaranteed'] },
  { title: 'memory', groups: ['memory'] },
  { title: 'SQLite', groups: ['sqlite'], able: among('node22', 'node24', 'deno', 'bun') },
  {
    title: 'IndexedDB',
    groups: ['indexedDb'],
    able: among('chromium', 'firefox', 'webkit', 'worker', 'service'),
  },
  { title: 'Durable Object', groups: ['durableObject'], able: among('workerd') },
].map((feature) => ({ able: everywhere, ...feature }))

/** Groups whose feature this runtime has. */
export const able = (runtime) => features.filter(({ able }) => able(runtime)).flatMap(({ groups }) => groups)
