using System.Diagnostics;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <content>Submission.</content>
internal sealed partial class SweepGrain
{
    /// <inheritdoc/>
    public async Task<string?> Submit(SweepSubmission submission)
    {
        ISweepRegistry registry = work.Registry ?? throw new NotSupportedException("an embedded silo has one sweep, which is not submitted");
        (SweepPlan? plan, Dictionary<string, Matrix> matrices, string? refusal) = await Task.Run(() => Read(submission));
        if (plan is null)
        {
            return refusal;
        }

        await InTurn(async () =>
        {
            // A submission stores damaged matrices anew.
            bool isActive = _claim is { State: SweepState.Active, Damage: null };
            if (!isActive || submission.Priority is not null)
            {
                await registry.Enter(Sweep, submission.Text, plan, matrices, submission.Priority);
            }

            if (!isActive)
            {
                _submission = Activity.Current?.Id;
                LogSubmitted(log, Sweep);
                _ = await Claim();
            }
        });
        return null;
    }

    // A submission may be malformed or malicious, so it is checked and planned before any of it is stored.
    private (SweepPlan? Plan, Dictionary<string, Matrix> Matrices, string? Refusal) Read(SweepSubmission submission)
    {
        Dictionary<string, Matrix> named = [];
        try
        {
            if (work.Options.Limits.RefusalOfBytes(submission.Bytes) is { } tooLarge)
            {
                return (null, named, tooLarge);
            }

            Dictionary<string, Matrix> matrices = [];
            foreach (SubmittedMatrix submitted in submission.Matrices)
            {
                Matrix matrix = submitted.Read();
                matrices.TryAdd(matrix.Digest(), matrix);
            }

            if (submission.Priority is { } priority and (< FairShare.LowestPriority or > FairShare.HighestPriority))
            {
                return (null, named, $"a priority is from {FairShare.LowestPriority} to {FairShare.HighestPriority}, but this one is {priority}");
            }

            SweepPlan plan = work.Reader!.Read(submission.Text, digest => matrices.TryGetValue(digest, out Matrix? matrix) ? named[digest] = matrix : null);
            string id = StoredSweep.IdOf(plan.Name, submission.Text);
            string? refusal = id != Sweep ? $"the sweep's id is {id}, but it was submitted as {Excerpt.Of(Sweep)}" : work.Options.Limits.Refusal(plan);
            return refusal is null ? (plan, named, null) : (null, named, refusal);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            return (null, named, error.Message);
        }
    }
}
