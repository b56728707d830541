#!/bin/sh
# A run on a cluster of Slurm, with Ray on its nodes: sbatch --nodes=4 jobs/slurm/run.sh configs/mine.yaml [-p name=value …]
# The output must be on a file system that all nodes share, or in a bucket.
#SBATCH --job-name=yuliao
#SBATCH --ntasks-per-node=1
#SBATCH --exclusive
#SBATCH --signal=B:TERM@60
#SBATCH --requeue
set -u

port=6379
head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
cpus=$(nproc) # of this node: all are taken to be alike
export RAY_ADDRESS="$head:$port"

start="ray start --block --disable-usage-stats --num-cpus=$cpus"
srun --nodes=1 --ntasks=1 --nodelist="$head" sh -c "unset RAY_ADDRESS; $start --head --port=$port" &
sleep 15
others=$((SLURM_JOB_NUM_NODES - 1))
if [ "$others" -gt 0 ]; then
    srun --nodes="$others" --ntasks="$others" --exclude="$head" sh -c "unset RAY_ADDRESS; $start --address=$head:$port" &
fi
sleep 15

yuliao run "$@" --address "$head:$port" &
run=$!
trap 'kill -TERM "$run"' TERM # Slurm's warning: no more tasks begin, those in flight have 20 s
wait "$run"
code=$?
[ "$code" -gt 128 ] && { wait "$run"; code=$?; } # the first wait ended with the signal

case $code in
    0 | 3) exit 0 ;; # done; 3: some inputs could not be read, and are named
    1) scontrol requeue "$SLURM_JOB_ID" ;; # try again: it goes on from its receipts
esac
exit "$code"
