// Compiles one Solidity file with solc from npm, a devDependency, and keeps or compares the committed JSON beside it.
// In: a source file and which bytecode is wanted. Out: `<name>.json`. Knows no chain; not needed at run time.
import { readFileSync, writeFileSync } from 'node:fs'
import solc from 'solc'

/** What the committed JSON says about how to make it again. */
const scripts = { runtime: 'npm run compile-token', creation: 'npm run compile-contracts' }

/**
 * Writes `<name>.json` beside `<name>.sol`, or with `--check` throws when the committed one is stale.
 * @param {URL} source @param {string} name of contract and file
 * @param {'runtime' | 'creation'} bytecode `runtime` is set at any address, `creation` is deployed with its constructor
 */
export function keepArtefact(source, name, bytecode) {
  const artefact = new URL(`./${name}.json`, source)
  const text = `${JSON.stringify(compiled(source, name, bytecode), null, 1)}\n`
  if (!process.argv.includes('--check')) return writeFileSync(artefact, text)
  if (readFileSync(artefact, 'utf8') !== text) throw new Error(`${name}.json is stale: run ${scripts[bytecode]}`)
}

function compiled(source, name, bytecode) {
  const file = `${name}.sol`
  const wanted = bytecode === 'runtime' ? 'evm.deployedBytecode.object' : 'evm.bytecode.object'
  const output = JSON.parse(
    solc.compile(
      JSON.stringify({
        language: 'Solidity',
        sources: { [file]: { content: readFileSync(source, 'utf8') } },
        settings: {
          optimizer: { enabled: true, runs: 200 },
          evmVersion: 'cancun',
          metadata: { appendCBOR: false, bytecodeHash: 'none' },
          outputSelection: { '*': { '*': ['abi', wanted] } },
        },
      }),
    ),
  )
  for (const { formattedMessage } of output.errors ?? []) console.error(formattedMessage)
  const contract = output.contracts?.[file]?.[name]
  if (!contract?.evm) throw new Error(`cannot compile ${file}: see the messages above`)
  const { deployedBytecode, bytecode: creation } = contract.evm
  return {
    generatedBy: scripts[bytecode],
    compiler: solc.version(),
    abi: contract.abi,
    ...(bytecode === 'runtime'
      ? { runtimeBytecode: `0x${deployedBytecode.object}` }
      : { creationBytecode: `0x${creation.object}` }),
  }
}
