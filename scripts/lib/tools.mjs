import { capture, SetupError } from './process.mjs';

const minimumNode = 20;
const minimumCmake = [3, 20];
const minimumGcc = 11;
const minimumClang = 14;

/** What builds and runs programs for 64-bit ARM on another processor. */
export const armCompiler = 'aarch64-linux-gnu-g++';
export const armEmulator = 'qemu-aarch64';

/** The first tool for 64-bit ARM that is not installed. */
export function missingArmTool() {
  return [armCompiler, armEmulator].find((tool) => capture(tool, ['--version']) === undefined);
}

/** Which system the install commands are for. */
function platform() {
  if (process.platform === 'darwin') return 'brew';
  if (process.platform === 'win32') return 'winget';
  return capture('apt-get', ['--version']) === undefined && capture('dnf', ['--version'])
    ? 'dnf'
    : 'apt';
}

const installCommands = {
  node: {
    apt: 'sudo apt-get install nodejs npm   (or a current build from https://nodejs.org)',
    dnf: 'sudo dnf install nodejs npm',
    brew: 'brew install node',
    winget: 'winget install OpenJS.NodeJS.LTS',
  },
  compiler: {
    apt: 'sudo apt-get install g++',
    dnf: 'sudo dnf install gcc-c++',
    brew: 'xcode-select --install',
    winget:
      'winget install Microsoft.VisualStudio.2022.BuildTools --override "--add Microsoft.VisualStudio.Workload.VCTools --includeRecommended"',
  },
  cmake: {
    apt: 'sudo apt-get install cmake',
    dnf: 'sudo dnf install cmake',
    brew: 'brew install cmake',
    winget: 'winget install Kitware.CMake',
  },
  make: {
    apt: 'sudo apt-get install make',
    dnf: 'sudo dnf install make',
    brew: 'xcode-select --install',
    winget: 'winget install Ninja-build.Ninja',
  },
};

function installHint(tool, where = platform()) {
  return `Install it with:  ${installCommands[tool][where]}`;
}

/** The C++ compiler that CMake will take, and what it says of itself. */
export function findCompiler(env = process.env) {
  const candidates = env.CXX ? [env.CXX] : ['c++', 'g++', 'clang++'];
  for (const command of candidates) {
    const version = capture(command, ['--version']);
    if (version !== undefined) return { command, version };
  }
  return undefined;
}

function compilerProblem() {
  // On Windows, Visual Studio is found by cmake-js, which names it when it is missing.
  if (process.platform === 'win32') return undefined;
  const compiler = findCompiler();
  if (!compiler) return `No C++ compiler was found. ${installHint('compiler')}`;
  const clang = /clang/i.test(compiler.version);
  const major = Number.parseInt(capture(compiler.command, ['-dumpversion']) ?? '', 10);
  const needed = clang ? minimumClang : minimumGcc;
  if (Number.isNaN(major) || major >= needed) return undefined;
  return `${compiler.command} is version ${major}; C++20 needs ${clang ? 'Clang' : 'GCC'} ${needed} or newer. ${installHint('compiler')}`;
}

function cmakeProblem() {
  const text = capture('cmake', ['--version']);
  if (text === undefined) return `CMake was not found. ${installHint('cmake')}`;
  const [, major = '0', minor = '0'] = /version (\d+)\.(\d+)/.exec(text) ?? [];
  const [needMajor, needMinor] = minimumCmake;
  if (Number(major) > needMajor || (Number(major) === needMajor && Number(minor) >= needMinor)) {
    return undefined;
  }
  return `CMake is ${major}.${minor}; ${minimumCmake.join('.')} or newer is needed. ${installHint('cmake')}`;
}

function makeProblem() {
  if (process.platform === 'win32') return undefined;
  if (capture('ninja', ['--version']) ?? capture('make', ['--version'])) return undefined;
  return `Neither make nor ninja was found. ${installHint('make')}`;
}

/** Throws one SetupError that names every missing tool with the command that installs it. */
export function checkTools({ native }) {
  const major = Number.parseInt(process.versions.node, 10);
  const problems = [];
  if (major < minimumNode) {
    problems.push(
      `Node.js is ${process.version}; ${minimumNode} or newer is needed. ${installHint('node')}`,
    );
  }
  if (native) problems.push(compilerProblem(), cmakeProblem(), makeProblem());
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) {
    throw new SetupError(`Lensmith cannot be built here yet:\n  - ${found.join('\n  - ')}`);
  }
}
