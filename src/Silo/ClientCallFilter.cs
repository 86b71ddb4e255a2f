using System.Collections.Frozen;
using RnnSweep.Grains;

namespace RnnSweep.Silo;

/// <summary>
/// Limits the calls of a cluster's clients to those that the program's client makes: submit, change and follow sweeps. Silos may make every call. A
/// forbidden call fails with an <see cref="UnauthorizedAccessException"/>.
/// </summary>
/// <remarks>
/// The filter decides by the sender's grain id in the message, which Orleans' client library sets. It does not check the client's certificate, so it does not
/// stop a program that writes Orleans' wire format itself.
/// </remarks>
internal sealed class ClientCallFilter : IIncomingGrainCallFilter
{
    // Orleans' id of the client inside a silo, through which the silo's workers call grains, starts like this.
    private static readonly byte[] s_siloClient = [.. "hosted-"u8];

    // The interface with which a client reads the cluster's grain types is internal to Orleans, so it is here by name.
    private const string GrainTypes = "Orleans.Runtime.IClusterManifestSystemTarget";

    private static readonly FrozenSet<string> s_sweepCalls = FrozenSet.Create(
        nameof(ISweepGrain.Submit), nameof(ISweepGrain.Cancel), nameof(ISweepGrain.Pause), nameof(ISweepGrain.Unpause), nameof(ISweepGrain.Progress));

    /// <inheritdoc/>
    public Task Invoke(IIncomingGrainCallContext context) => !IsClient(context.SourceId) || IsAllowed(context.Request.GetInterfaceType(), context.MethodName)
        ? context.Invoke()
        : throw new UnauthorizedAccessException($"a client of the cluster may not call {context.InterfaceName}.{context.MethodName}");

    private static bool IsClient(GrainId? source) => source is { } id && id.IsClient() && !id.Key.AsSpan().StartsWith(s_siloClient);

    private static bool IsAllowed(Type contract, string method) => contract == typeof(ISweepGrain) ? s_sweepCalls.Contains(method) : contract.FullName == GrainTypes;
}
