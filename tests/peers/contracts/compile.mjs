// Regenerates TestCore4Mica.json and TestClearingHouse.json from their sources; `-- --check` only compares.
import { keepArtefact } from './artefact.mjs'

for (const name of ['TestCore4Mica', 'TestClearingHouse']) {
  keepArtefact(new URL(`./${name}.sol`, import.meta.url), name, 'creation')
}
