namespace ParallelDag.Chakra.Writing;

/// <summary>A message from one rank to another.</summary>
/// <param name="Source">The rank that sends.</param>
/// <param name="Target">The rank that receives.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Holder">The node whose output it is; -1: every predecessor on the sender.</param>
internal readonly record struct TraceMessage(int Source, int Target, long Bytes, int Holder = -1);
