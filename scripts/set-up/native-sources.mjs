// Where native TensorFlow comes from on which platform, with the size and checksum of every file.
import fs from 'node:fs';
import { hasAvx, platformKey } from './platform.mjs';

const MB = 1e6;

/**
 * One row a platform for which a package in the npm registry holds both libtensorflow and the addon of tfjs-node.
 * `files`: path below node_modules/@tensorflow/tfjs-node -> name in `archive` (an entry of the package, a tar archive
 * compressed with brotli), sha256 and size. `{addon}` stands for the folder where tfjs-node looks for its addon.
 */
const NPM_PACKAGES = {
  'linux-x64-glibc': {
    name: 'libtensorflow-1.15.0-linux-x64',
    version: '1.15.0',
    package: 'tfjs-node-lambda-releases@1.6.1',
    integrity: 'sha512-D275PZpxsKenTuiPnvIE5T+D5JrT4aU9M3EDCedBQKlP0hUB7011Yzg8CAJ6MBIog9Lq90aaEair4yrBBlk61w==',
    bytes: 195 * MB,
    archive: 'package/nodejs12.x-tf2.7.0.br',
    files: {
      'deps/lib/libtensorflow.so.1': {
        entry: 'node_modules/@tensorflow/tfjs-node/deps/lib/libtensorflow.so.1.15.0',
        sha256: '95590cd1cbe4fcd2065e17b2c797a39e2ee31b499d081aff77d3b70a93818daa',
        bytes: 215119120,
      },
      'deps/lib/libtensorflow_framework.so.1': {
        entry: 'node_modules/@tensorflow/tfjs-node/deps/lib/libtensorflow_framework.so.1.15.0',
        sha256: '0217782c0ef974979ea371efa2b672622cd4486d2ec2746d24277a5f50d63e09',
        bytes: 35226832,
      },
      '{addon}/tfjs_binding.node': {
        entry: 'node_modules/@tensorflow/tfjs-node/lib/napi-v6/tfjs_binding.node',
        sha256: '49a5197e63982786cfff5af282d5bfefd8b55a728daa04925b031ced6d4dc0c5',
        bytes: 83208,
      },
      'deps/LICENSE': {
        entry: 'node_modules/@tensorflow/tfjs-node/deps/LICENSE',
        sha256: '37dbed59a6aef0803f24a7dac146679491c460faa8bc3834974d786acf56a40f',
        bytes: 11419,
      },
      'deps/THIRD_PARTY_TF_C_LICENSES': {
        entry: 'node_modules/@tensorflow/tfjs-node/deps/THIRD_PARTY_TF_C_LICENSES',
        sha256: '5f3562285bfdda7b85c6d44c30db12918eacd9b0fb7defb063d4dd85c5839c6c',
        bytes: 422211,
      },
    },
  },
};

/** Disk space asked for before each step: better one message now than a full disk half-way. */
const SPACE = { packages: 600 * MB, download: 700 * MB, official: 700 * MB, margin: 10 * MB };

/**
 * The platform and its sources. ATTENTION_NOTEBOOKS_TEST_PLATFORM names a JSON file with other values for any of these;
 * it exists for the tests in tests/set-up (another platform, a small package instead of 195 MB) and for nothing else.
 */
export function nativeSources() {
  const sources = { platform: platformKey(), avx: hasAvx(), packages: NPM_PACKAGES, space: SPACE };
  const file = process.env.ATTENTION_NOTEBOOKS_TEST_PLATFORM;
  return file ? { ...sources, ...JSON.parse(fs.readFileSync(file, 'utf8')) } : sources;
}
