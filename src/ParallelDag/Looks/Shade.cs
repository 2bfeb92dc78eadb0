namespace ParallelDag.Looks;

/// <summary>A colour, on a light ground and on a dark one.</summary>
/// <param name="Light">Six hexadecimal digits after a <c>#</c>.</param>
/// <param name="Dark">The same.</param>
internal readonly record struct Shade(string Light, string Dark);
