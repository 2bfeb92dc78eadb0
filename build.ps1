<#
.SYNOPSIS
Builds, tests and packages the ParallelDag module.
.DESCRIPTION
Build    compiles everything; Import-Module ./ParallelDag.psd1 then works. Nothing but dotnet build.
Test     runs every test, those of the cmdlets in a real PowerShell among them. Nothing but dotnet test.
Package  lays the module out in out/ParallelDag/<version> as the PowerShell Gallery wants it, and runs the Pester tests against that folder.
.EXAMPLE
./build.ps1
.EXAMPLE
./build.ps1 -Task Package
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Package')]
    [string[]] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release'
)

$ErrorActionPreference = 'Stop'

function Invoke-Tool([string] $Tool, [string[]] $Arguments) {
    & $Tool @Arguments
    if ($LASTEXITCODE -ne 0) { throw "$Tool $Arguments ended with exit code $LASTEXITCODE" }
}

Push-Location $PSScriptRoot
try {
    switch ($Task) {
        'Build' {
            Invoke-Tool dotnet @('build', '--configuration', $Configuration)
        }
        'Test' {
            Invoke-Tool dotnet @('test', '--configuration', $Configuration)
        }
        'Package' {
            $version = (Select-Xml -Path Directory.Build.props -XPath '//Version').Node.InnerText
            $folder = Join-Path $PSScriptRoot "out/ParallelDag/$version"
            if (Test-Path $folder) { Remove-Item $folder -Recurse }
            Invoke-Tool dotnet @('build', 'src/ParallelDag.Commands', '--configuration', 'Release', "-p:ModuleRoot=$folder/")
            $null = Test-ModuleManifest "$folder/ParallelDag.psd1"
            ./tests/run-pester.ps1 -Module "$folder/ParallelDag.psd1" | Out-Host
            if ($LASTEXITCODE -ne 0) { throw 'The module of the package failed its tests.' }
            Get-Item $folder
        }
    }
}
finally {
    Pop-Location
}
