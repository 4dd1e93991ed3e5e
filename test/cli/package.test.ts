// The package as people install it: packed by npm, installed into an empty folder, run by the Node.js that is there and
// found by the real kubectl. The network is not used: the dependencies are those of the checkout.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { locateBinaries } from '../../src/sim/controlplane/locate.ts'
import { suite } from '../suite.ts'

const test = suite('the package', { timeoutMs: 240_000 })
const root = resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'hallpass-package-'))
const [checkout, installed] = [join(folder, 'checkout'), join(folder, 'installed')]
const bin = join(installed, 'node_modules/.bin')
const nodeFolder = dirname(process.execPath)

const hasNpm = run('npm', ['--version'], root).code === 0
if (!hasNpm) console.log('SKIPPED the package: npm is not on the PATH.')
const fact = hasNpm ? test : test.skip

type Ended = { code: number | null; out: string; err: string }

function run(
  program: string,
  args: readonly string[],
  cwd: string,
  path = `${nodeFolder}${delimiter}${process.env['PATH']}`,
): Ended {
  const env = { PATH: path, HOME: folder, npm_config_cache: join(folder, 'cache'), npm_config_update_notifier: 'false' }
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: 'utf8', timeout: 200_000 })
  return { code: status, out: stdout ?? '', err: stderr ?? '' }
}

/** What npm packs, without what it does not read. */
function copyCheckout(): void {
  mkdirSync(checkout)
  const files = ['package.json', 'package-lock.json', '.npmrc', 'tsconfig.json', 'tsconfig.package.json']
  for (const name of [...files, 'README.md', 'LICENSE', 'bin', 'src'])
    cpSync(join(root, name), join(checkout, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'))
  // What an earlier version was compiled to, or somebody has left there.
  mkdirSync(join(checkout, 'dist/sim'), { recursive: true })
  for (const name of ['dist/.env', 'dist/sim/old.js']) writeFileSync(join(checkout, name), 'left over')
}

type Lock = { packages: Record<string, { dev?: boolean; devOptional?: boolean }> }

/** The packages that the command needs, as hard links where the file system allows it. */
function placeDependencies(): void {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock
  const needed = Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => /^node_modules\/(?!.*node_modules)/.test(path) && !dev && !devOptional)
    .map(([path]) => path)
    .filter(path => existsSync(join(root, path)))
  assert.ok(needed.length > 100, `only ${needed.length} packages`)
  mkdirSync(installed)
  for (const path of needed) {
    const to = join(installed, path)
    mkdirSync(dirname(to), { recursive: true })
    if (run('cp', ['-al', join(root, path), to], root).code !== 0) cpSync(join(root, path), to, { recursive: true })
  }
}

test.before(() => {
  if (!hasNpm) return
  copyCheckout()
  const packed = run('npm', ['pack', '--offline', '--pack-destination', folder], checkout)
  assert.is(packed.code, 0, packed.err)
  placeDependencies()
  writeFileSync(join(installed, 'package.json'), '{ "private": true }')
  // Without their commands in .bin, npm would load the packages again.
  assert.is(run('npm', ['rebuild', '--ignore-scripts'], installed).code, 0)
  const tarball = join(folder, 'hallpass-0.1.0.tgz')
  const added = run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', tarball], installed)
  assert.is(added.code, 0, `${added.out}${added.err}`)
})
test.after(() => rmSync(folder, { recursive: true, force: true }))

fact('has the compiled command, no source and nothing left over', () => {
  const own = join(installed, 'node_modules/hallpass')
  assert.ok(existsSync(join(own, 'dist/cli/hallpass.js')))
  for (const name of ['src', 'test', 'dist/.env', 'dist/sim', 'dist/sandbox'])
    assert.not.ok(existsSync(join(own, name)), name)
})

fact('runs where it is installed', () => {
  assert.equal(run(join(bin, 'hallpass'), ['--version'], folder), { code: 0, out: 'hallpass 0.1.0\n', err: '' })
  const { code, err } = run(join(bin, 'hallpass'), ['who'], folder)
  assert.match(err, /^hallpass: There is no cluster: no kubeconfig was found/)
  assert.is(code, 2)
  // Mappings are judged without another file of the repository.
  const linted = run(join(bin, 'hallpass'), ['lint', join(root, 'deploy/samples')], folder)
  assert.match(linted.out, '0 errors, 0 warnings, 0 notes in 7 mappings.')
  assert.is(linted.code, 0, linted.err)
  // Every module is there: a process reads its configuration only after its commands are loaded.
  assert.match(run(join(bin, 'hallpass'), ['all'], folder).err, 'HALLPASS_CONFIG is not set')
})

fact('has the modules of the processes too', () => {
  const modules = ['gateway', 'auth', 'controller', 'run', 'proxies', 'caller-logs', 'doctor/examine']
  const imports = modules.map(name => `await import('hallpass/dist/app/${name}.js')`).join('; ')
  const { code, err } = run(process.execPath, ['--input-type=module', '-e', imports], installed)
  assert.is(code, 0, err)
})

fact('is found by kubectl as a plugin', async () => {
  const { folder: binaries } = await locateBinaries()
  const path = [bin, nodeFolder, process.env['PATH']].join(delimiter)
  const kubectl = (...args: string[]): Ended => run(join(binaries, 'kubectl'), args, folder, path)
  const listed = kubectl('plugin', 'list')
  assert.match(listed.out, join(bin, 'kubectl-hallpass'))
  assert.is(listed.code, 0, listed.err)
  assert.equal(kubectl('hallpass', '--version'), { code: 0, out: 'hallpass 0.1.0\n', err: '' })
  // What a shell's completion of kubectl runs.
  const completed = kubectl('__complete', 'hallpass', 'who', '--output', 'j')
  assert.equal([completed.code, completed.out], [0, 'json\n:4\n'], completed.err)
})

const versions: Record<string, string> = {
  'v20.20.2': 'hallpass: This is Node.js 20.20.2, and Hallpass needs 24 or newer. Install one from nodejs.org.\n',
  'v9.11.2': 'hallpass: This is Node.js 9.11.2, and Hallpass needs 24 or newer. Install one from nodejs.org.\n',
}
for (const [version, says] of Object.entries(versions))
  fact(`says in one sentence that Node.js ${version} is too old`, () => {
    const pretend = `Object.defineProperty(process, 'versions', { value: { node: '${version.slice(1)}' } })`
    const args = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, join(bin, 'hallpass'), 'who']
    assert.equal(run(process.execPath, args, folder), { code: 1, out: '', err: says })
  })

/** An older Node.js of this machine, if there is one. */
const older = ['/usr/bin/node', '/usr/local/bin/node'].find(path => {
  const major = Number(/^v(\d+)/.exec(run(path, ['--version'], root).out)?.[1] ?? 24)
  return major < 24
})
if (hasNpm && !older) console.log('SKIPPED the package on an older Node.js: none is installed.')
const olderFact = hasNpm && older ? test : test.skip
olderFact('says so on a real older Node.js', () => {
  const { code, out, err } = run(older ?? '', [join(bin, 'hallpass'), 'who'], folder)
  assert.match(err, /^hallpass: This is Node\.js \d+\.\d+\.\d+, and Hallpass needs 24 or newer\. Install .*\n$/)
  assert.equal([code, out], [1, ''])
})
olderFact('is prepared by npm ci on a real older Node.js without a warning', () => {
  const npmFolder = dirname(older ?? '')
  const { code, err } = run('npm', ['ci', '--dry-run', '--offline'], checkout, `${npmFolder}${delimiter}/bin`)
  assert.equal([code, err], [0, ''])
})

test.run()
