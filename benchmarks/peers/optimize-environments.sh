#!/bin/sh
# Makes the environments that `optimize.py --peers FOLDER` takes, one per peer: sh optimize-environments.sh FOLDER
set -e
make_one() {
  name=$1; shift
  python3 -m venv "$folder/$name"
  "$folder/$name/bin/pip" install -q "torch==2.13.0" "$@"
}
folder=${1:?"give the folder of the environments"}
make_one baybe "baybe==0.15.*"
make_one bofire "bofire[optimization]==0.5.*" rdkit mordredcommunity
make_one ax "ax-platform==1.3.*"
make_one optuna "optuna==5.*" scikit-learn scipy
